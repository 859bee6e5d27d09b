// OpenAI chat completions.
import { pieces, wholeText } from './script.mjs'
import { shellCall, shellOf } from './shell-tool.mjs'

const textOf = (message) =>
  typeof message.content === 'string'
    ? message.content
    : (message.content ?? []).map((part) => part.text ?? '').join('\n')

function read(body) {
  const messages = body.messages ?? []
  const last = messages.at(-1) ?? {}
  const hasShell = shellOf(body.tools) !== null
  return {
    text: last.role === 'user' ? textOf(last) : '',
    toolResult: last.role === 'tool' ? textOf(last) : null,
    users: messages.filter((message) => message.role === 'user').map(textOf),
    assistants: messages
      .filter((message) => message.role === 'assistant')
      .map(textOf)
      .filter(Boolean),
    hasShell,
    toolNames: (body.tools ?? []).map((tool) => tool.function?.name ?? ''),
    side: !hasShell,
    model: body.model,
  }
}

function refuse(answer) {
  const status = answer.kind === 'limit' ? 429 : answer.status
  const message = answer.kind === 'limit' ? 'You exceeded your current quota' : 'scripted failure'
  const code = answer.kind === 'limit' ? 'insufficient_quota' : 'error'
  return { status, value: { error: { message, code } }, headers: {} }
}

async function send({ n, body, answer, stream, response, gone, json }) {
  const base = { id: `chatcmpl-${n}`, created: Math.floor(Date.now() / 1000), model: body.model }
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 }
  const tool_calls = answer.kind === 'tool' ? [toolCall(n, body, answer)] : undefined
  if (!stream) {
    const content = tool_calls === undefined ? await wholeText(answer, gone) : null
    const message = { role: 'assistant', content, tool_calls }
    const finish_reason = tool_calls === undefined ? 'stop' : 'tool_calls'
    return json({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason }],
      usage,
    })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (delta, finish_reason = null, extra = {}) => {
    const choices = [{ index: 0, delta, finish_reason }]
    const value = { ...base, object: 'chat.completion.chunk', choices, ...extra }
    if (!gone()) response.write(`data: ${JSON.stringify(value)}\n\n`)
  }
  event({ role: 'assistant', content: '' })
  if (tool_calls !== undefined) event({ tool_calls })
  else for await (const content of pieces(answer, gone)) event({ content })
  event({}, tool_calls === undefined ? 'stop' : 'tool_calls', { usage })
  response.end('data: [DONE]\n\n')
}

function toolCall(n, body, answer) {
  const name = answer.name ?? shellOf(body.tools).name
  const args = JSON.stringify(answer.input ?? shellCall(name, answer))
  return { index: 0, id: `call_${n}`, type: 'function', function: { name, arguments: args } }
}

export const chat = { read, refuse, send }
