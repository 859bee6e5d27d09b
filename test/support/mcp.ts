import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { program, type Sandbox } from './sandbox.ts'

interface Answer {
  readonly isError: boolean
  /** The text of the result, parsed. */
  readonly value: unknown
  readonly structured: unknown
}

/** The protocol's own client, on a `team mcp` of its own. */
export interface McpClient {
  readonly client: Client
  call(tool: string, input?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Answer>
  /** Names of the tools that have been called. */
  readonly called: ReadonlySet<string>
}

/** `as`: value of TEAM_AGENT; null: a person. `argv`: what runs the server, in the place of `team mcp`. */
export async function connect(
  sandbox: Sandbox,
  as: string | null,
  argv: readonly string[] = ['mcp'],
): Promise<McpClient> {
  const env = { ...sandbox.env, ...(as === null ? {} : { TEAM_AGENT: as }) }
  const args = [program, ...argv]
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env,
    cwd: sandbox.dir,
    stderr: 'ignore',
  })
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  const called = new Set<string>()
  return {
    client,
    called,
    async call(tool, input = {}, signal) {
      called.add(tool)
      const result = await client.callTool({ name: tool, arguments: { ...input } }, undefined, {
        ...(signal === undefined ? {} : { signal }),
        timeout: 60_000,
      })
      const [content] = Array.isArray(result.content) ? result.content : []
      return {
        isError: result.isError === true,
        value: JSON.parse(content.text),
        structured: result.structuredContent,
      }
    },
  }
}
