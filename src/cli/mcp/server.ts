import { Writable } from 'node:stream'
import { TeamError } from '../../errors.ts'
import { errorJson } from '../../view/errors.ts'
import type { Context } from '../context.ts'
import { version } from '../version.ts'
import { accessOf } from './access.ts'
import { callTool } from './call.ts'
import { speakMcp } from './protocol.ts'
import { listResources, readResource, resourceTemplates } from './resources.ts'
import type { Answer, McpService, ToolDescription } from './service.ts'
import { inputSchema, ToolInputError } from './tool-input.ts'
import { type ToolPlan, tools } from './tools.ts'

const instructions = `The team of agents that you are part of. Agents are named project:agent.
ps lists them; send gives one a prompt; task_run gives one work in the background, and task_wait its result.
An error says what is wrong and, as its hint, what to try next.`

/** The commands of `team`, as an MCP server on standard input and output. */
export async function serveMcp(context: Context): Promise<void> {
  await speakMcp(createService(context), context.stdin(), writable(context))
}

function createService(context: Context): McpService {
  const inside = (stop: AbortSignal) => callContext(context, stop)
  return {
    name: 'team',
    version,
    instructions,
    templates: resourceTemplates,
    tools: async (stop) => (await usableTools(inside(stop))).map(described),
    call: async (name, input, stop) => {
      const plan = tools.find((tool) => tool.name === name)
      if (plan === undefined) return { kind: 'invalid', message: `unknown tool ${JSON.stringify(name)}` }
      return answered(plan.name, async () => {
        const { value, ok } = await callTool(plan, input, inside(stop))
        return ok ? { kind: 'done', value } : { kind: 'failed', value, message: 'not all of it was done' }
      })
    },
    resources: (stop) =>
      answered('resources', async () => ({ kind: 'done', value: await listResources(inside(stop)) })),
    read: (uri, stop) =>
      answered(uri, async () => ({ kind: 'done', value: await readResource(uri, inside(stop)) })),
  }
}

async function answered<Value>(what: string, work: () => Promise<Answer<Value>>): Promise<Answer<Value>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ToolInputError) return { kind: 'invalid', message: `${what}: ${error.message}` }
    const value = errorJson(error)
    const { message, hint } = value.error
    return { kind: 'failed', value, message: hint === null ? message : `${message}; hint: ${hint}` }
  }
}

/** Without those that the caller has no permission for. */
async function usableTools(context: Context): Promise<readonly ToolPlan[]> {
  try {
    const { open } = await accessOf(context)
    return tools.filter(({ permissions }) => open(permissions)?.size !== 0)
  } catch (error) {
    // A file that is wrong just now is told by each call.
    if (error instanceof TeamError) return tools
    throw error
  }
}

function described(plan: ToolPlan): ToolDescription {
  return {
    name: plan.name,
    description: plan.spec.summary,
    inputSchema: inputSchema(plan),
    annotations: {
      readOnlyHint: plan.changes === 'nothing',
      destructiveHint: plan.changes === 'ends-something',
      openWorldHint: false,
    },
  }
}

/** A command's world when standard output is not its own; `stop` ends what it waits for. */
function callContext(context: Context, stop: AbortSignal): Context {
  return {
    ...context,
    globals: { ...context.globals, json: true, quiet: true, progress: 'quiet' },
    readStdin: noStdin,
    readStdinBytes: noStdin,
    interrupt: { stop, force: stop, onFirst: null, handOver: () => undefined },
  }
}

function noStdin(): never {
  throw new TeamError('usage', 'standard input belongs to the protocol', { hint: 'give the text itself' })
}

function writable({ stdout }: Context): Writable {
  return new Writable({
    write(chunk: Uint8Array, _, done) {
      stdout.write(chunk)
      stdout.drained().then(() => done(), done)
    },
  })
}
