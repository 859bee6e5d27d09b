// OpenAI Responses.
import { pieces, wholeText } from './script.mjs'
import { shellCall, shellOf } from './shell-tool.mjs'

/** Of functions, and of those that stand in a namespace. */
const namesOf = (tools) =>
  (tools ?? []).flatMap((tool) =>
    tool.type === 'namespace'
      ? (tool.tools ?? []).map((inner) => `${tool.name}__${inner.name}`)
      : [tool.name ?? tool.function?.name ?? ''],
  )

/** What the CLI itself puts into the user's mouth. */
const injected = /^<(environment_context|user_instructions|permissions|turn_aborted|[a-z_]*context)/

const partsOf = (item) => (typeof item.content === 'string' ? [{ text: item.content }] : (item.content ?? []))
const textsOf = (item) =>
  partsOf(item)
    .map((part) => part.text ?? '')
    .filter((text) => text.trim() !== '' && !injected.test(text.trim()) && !text.startsWith('# AGENTS.md'))

function read(body) {
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? [])
  const users = items.filter((item) => item.role === 'user').flatMap(textsOf)
  const last = items.at(-1) ?? {}
  const isResult = /_output$/.test(last.type ?? '')
  const output = typeof last.output === 'string' ? last.output : JSON.stringify(last.output ?? '')
  const hasShell = shellOf(body.tools) !== null
  return {
    text: isResult ? '' : (users.at(-1) ?? ''),
    toolResult: isResult ? output : null,
    users,
    assistants: items.filter((item) => item.role === 'assistant').flatMap(textsOf),
    hasShell,
    toolNames: namesOf(body.tools),
    side: !hasShell,
    model: body.model,
  }
}

function refuse(answer) {
  if (answer.kind === 'limit') {
    const error = {
      type: 'usage_limit_reached',
      message: 'The usage limit has been reached',
      plan_type: 'plus',
    }
    return { status: 429, value: { error: { ...error, resets_in_seconds: 3600 } }, headers: {} }
  }
  const type = answer.status === 401 ? 'invalid_request_error' : 'server_error'
  return { status: answer.status, value: { error: { message: 'scripted failure', type } }, headers: {} }
}

async function send({ n, body, answer, stream, response, gone, json }) {
  const id = `resp_${String(n).padStart(10, '0')}`
  const tokens = { input_tokens: 100, output_tokens: 20, total_tokens: 120 }
  const details = {
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  }
  const base = (status, output) => ({
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status,
    model: body.model,
    output,
    usage: status === 'completed' ? { ...tokens, ...details } : null,
    error: null,
  })
  const message = (text) => ({
    type: 'message',
    id: `m_${n}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  })
  const tool = answer.kind === 'tool' ? toolItem(n, body, answer) : null
  if (!stream) return json(base('completed', [tool ?? message(await wholeText(answer, gone))]))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sequence_number = 0
  const event = (type, value) => {
    const data = JSON.stringify({ type, sequence_number: sequence_number++, ...value })
    if (!gone()) response.write(`event: ${type}\ndata: ${data}\n\n`)
  }
  event('response.created', { response: base('in_progress', []) })
  const item = tool ?? (await streamText(n, answer, gone, event, message))
  if (tool !== null)
    event('response.output_item.added', { output_index: 0, item: { ...tool, status: 'in_progress' } })
  event('response.output_item.done', { output_index: 0, item })
  event('response.completed', { response: base('completed', [item]) })
  response.end()
}

async function streamText(n, answer, gone, event, message) {
  const place = { item_id: `m_${n}`, output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text: '', annotations: [] }
  event('response.output_item.added', {
    output_index: 0,
    item: { ...message(''), status: 'in_progress', content: [] },
  })
  event('response.content_part.added', { ...place, part })
  let text = ''
  for await (const delta of pieces(answer, gone)) {
    text += delta
    event('response.output_text.delta', { ...place, delta })
  }
  event('response.output_text.done', { ...place, text })
  event('response.content_part.done', { ...place, part: { ...part, text } })
  return message(text)
}

function toolItem(n, body, answer) {
  if (answer.name !== undefined) return serverCall(n, body, answer)
  const tool = shellOf(body.tools)
  const call = { call_id: `call_${n}`, name: tool.name, status: 'completed' }
  if (tool.type === 'custom')
    return { type: 'custom_tool_call', id: `ctc_${n}`, input: answer.command, ...call }
  return {
    type: 'function_call',
    id: `fc_${n}`,
    arguments: JSON.stringify(shellCall(tool.name, answer)),
    ...call,
  }
}

function serverCall(n, body, answer) {
  const space = (body.tools ?? []).find(
    (tool) => tool.type === 'namespace' && answer.name.startsWith(`${tool.name}__`),
  )
  const name = space === undefined ? answer.name : answer.name.slice(space.name.length + 2)
  return {
    type: 'function_call',
    id: `fc_${n}`,
    call_id: `call_${n}`,
    ...(space === undefined ? {} : { namespace: space.name }),
    name,
    arguments: JSON.stringify(answer.input),
    status: 'completed',
  }
}

export const responses = { read, refuse, send }
