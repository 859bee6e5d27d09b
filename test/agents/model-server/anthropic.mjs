// Anthropic Messages.
import { pieces, wholeText } from './script.mjs'

const withoutReminders = (text) => text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim()

const blocksOf = (message) =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content

const textsOf = (message) =>
  blocksOf(message)
    .filter((block) => block.type === 'text')
    .map((block) => withoutReminders(block.text))
    .filter((text) => text !== '')

const plain = (content) => (typeof content === 'string' ? content : JSON.stringify(content ?? ''))

function read(body) {
  const messages = body.messages ?? []
  const users = messages.filter((message) => message.role === 'user')
  const last = users.at(-1)
  const text = last === undefined ? '' : (textsOf(last).at(-1) ?? '')
  const result = last === undefined ? undefined : blocksOf(last).find((block) => block.type === 'tool_result')
  const hasShell = (body.tools ?? []).some((tool) => tool.name === 'Bash')
  return {
    text: result !== undefined && text === '' ? '' : text,
    toolResult: result !== undefined && text === '' ? plain(result.content) : null,
    users: users.flatMap(textsOf),
    assistants: messages.filter((message) => message.role === 'assistant').flatMap(textsOf),
    hasShell,
    toolNames: (body.tools ?? []).map((tool) => tool.name),
    side: !hasShell,
    model: body.model,
  }
}

function refuse(answer) {
  const error = (status, type, message, headers = {}) => ({
    status,
    headers,
    value: { type: 'error', error: { type, message } },
  })
  if (answer.kind === 'limit') {
    const resets = String(Math.floor(Date.now() / 1000) + 3600)
    return error(429, 'rate_limit_error', "This request would exceed your account's rate limit.", {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': resets,
      'anthropic-ratelimit-unified-representative-claim': 'five_hour',
      'x-should-retry': 'false',
    })
  }
  const types = { 401: 'authentication_error', 429: 'rate_limit_error', 529: 'overloaded_error' }
  const messages = { 401: 'invalid x-api-key', 429: 'Too many requests', 529: 'Overloaded' }
  return error(
    answer.status,
    types[answer.status] ?? 'api_error',
    messages[answer.status] ?? 'scripted failure',
  )
}

async function send({ n, body, answer, stream, response, gone, json }) {
  const id = `msg_${String(n).padStart(10, '0')}`
  const usage = {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  }
  const message = { id, type: 'message', role: 'assistant', model: body.model, stop_sequence: null, usage }
  const input = answer.input ?? { command: answer.command, description: 'scripted' }
  const tool = { type: 'tool_use', id: `toolu_${n}`, name: answer.name ?? 'Bash', input }
  const isTool = answer.kind === 'tool'
  const stop_reason = isTool ? 'tool_use' : 'end_turn'
  if (!stream) {
    const content = isTool ? [tool] : [{ type: 'text', text: await wholeText(answer, gone) }]
    return json({ ...message, content, stop_reason })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `req_${n}` })
  const event = (type, value) => {
    if (!gone()) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`)
  }
  event('message_start', { message: { ...message, content: [], stop_reason: null } })
  const start = isTool ? { ...tool, input: {} } : { type: 'text', text: '' }
  event('content_block_start', { index: 0, content_block: start })
  if (isTool) {
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) }
    event('content_block_delta', { index: 0, delta })
  } else {
    for await (const text of pieces(answer, gone))
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  }
  event('content_block_stop', { index: 0 })
  event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 20 } })
  event('message_stop', {})
  response.end()
}

export const anthropic = { read, refuse, send }
