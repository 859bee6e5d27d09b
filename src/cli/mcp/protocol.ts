import type { Readable, Writable } from 'node:stream'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { onlyMessages, type Verdict } from './messages.ts'
import type { Answer, McpService } from './service.ts'

/**
 * Speaks MCP until the client has closed `input`, and what was asked by then is answered: it may only have said all
 * that it wanted. The only place for the library, and bundled apart with it.
 */
export async function speakMcp(
  service: McpService,
  input: NodeJS.ReadableStream,
  output: Writable,
): Promise<void> {
  const ended = new AbortController()
  const open = new Set<Promise<unknown>>()
  const tracked: Tracked = (signal, work) => {
    const running = work(AbortSignal.any([signal, ended.signal]))
    open.add(running)
    void running.catch(() => undefined).finally(() => open.delete(running))
    return running
  }
  const messages: Readable = input.pipe(onlyMessages(judge, (reply) => output.write(reply)))
  const closed = new Promise<void>((resolve) => messages.once('end', resolve))
  await createServer(service, tracked).connect(new StdioServerTransport(messages, output))
  await closed
  await nextTurn()
  ended.abort()
  while (open.size > 0) await Promise.allSettled(open)
  await nextTurn()
}

/** The library calls wrong parameters an internal error. */
function judge(value: unknown): Verdict {
  const message = JSONRPCMessageSchema.safeParse(value)
  if (!message.success) return 'none'
  if (!('method' in message.data)) return 'message'
  const { method } = message.data
  const schema = methods.find(({ shape }) => shape.method.value === method)
  return schema === undefined || schema.safeParse(value).success ? 'message' : 'params'
}

const methods = [InitializeRequestSchema, CallToolRequestSchema, ReadResourceRequestSchema] as const

type Tracked = <Value>(signal: AbortSignal, work: (stop: AbortSignal) => Promise<Value>) => Promise<Value>

function createServer(service: McpService, tracked: Tracked): Server {
  const { name, version, instructions, templates } = service
  const server = new Server({ name, version }, { capabilities: { tools: {}, resources: {} }, instructions })
  server.setRequestHandler(ListToolsRequestSchema, (_, { signal }) =>
    tracked(signal, async (stop) => ({ tools: [...(await service.tools(stop))] })),
  )
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) =>
    tracked(signal, async (stop) =>
      toolResult(await service.call(params.name, params.arguments ?? {}, stop)),
    ),
  )
  server.setRequestHandler(ListResourcesRequestSchema, (_, { signal }) =>
    tracked(signal, async (stop) => ({ resources: [...doneValue(await service.resources(stop))] })),
  )
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...templates] }))
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }, { signal }) =>
    tracked(signal, async (stop) => {
      const text = JSON.stringify(doneValue(await service.read(uri, stop)))
      return { contents: [{ uri, mimeType: 'application/json', text }] }
    }),
  )
  return server
}

/** The text is what `--json` prints; the structure has to be an object, so a list stands in `items`. */
function toolResult(answer: Answer<unknown>): CallToolResult {
  if (answer.kind === 'invalid') throw new ProtocolError(answer.message, null)
  const isError = answer.kind === 'failed'
  const { value } = answer
  const structuredContent: Record<string, unknown> =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : { items: value }
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent, isError }
}

/** Errors as those of the protocol: resources have no others. */
function doneValue<Value>(answer: Answer<Value>): Value {
  if (answer.kind === 'done') return answer.value
  throw new ProtocolError(answer.message, answer.kind === 'failed' ? answer.value : null)
}

/** What the library sends as the error of a request; its own class would put its name before the message. */
class ProtocolError extends Error {
  readonly code = ErrorCode.InvalidParams
  readonly data: unknown

  constructor(message: string, data: unknown) {
    super(message)
    this.data = data ?? undefined
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
