// Gemini generateContent and streamGenerateContent.
import { pieces, wholeText } from './script.mjs'

const textsOf = (content) =>
  (content.parts ?? []).map((part) => part.text ?? '').filter((text) => text !== '')
const injected = /^<(session_context|system-reminder)|^This is the Gemini CLI/

function read(body) {
  const contents = body.contents ?? []
  const users = contents.filter((content) => content.role === 'user')
  const last = users.at(-1) ?? { parts: [] }
  const result = (last.parts ?? []).find((part) => part.functionResponse !== undefined)
  const offered = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? [])
  const hasShell = offered.some(({ name }) => name === 'run_shell_command')
  return {
    text: result === undefined ? (textsOf(last).at(-1) ?? '') : '',
    toolResult: result === undefined ? null : JSON.stringify(result.functionResponse.response ?? ''),
    users: users.flatMap(textsOf).filter((text) => !injected.test(text.trim())),
    assistants: contents.filter((content) => content.role === 'model').flatMap(textsOf),
    hasShell,
    toolNames: offered.map(({ name }) => name),
    side: !hasShell,
    wantsJson: body.generationConfig?.responseMimeType === 'application/json',
  }
}

function refuse(answer) {
  const code = answer.kind === 'limit' ? 429 : answer.status
  const status = code === 429 ? 'RESOURCE_EXHAUSTED' : 'INTERNAL'
  const quota = 'You exceeded your current quota, please check your plan and billing details.'
  const message = answer.kind === 'limit' ? quota : 'scripted failure'
  const detail = {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }],
  }
  const details = answer.kind === 'limit' ? [detail] : []
  return { status: code, value: { error: { code, message, status, details } }, headers: {} }
}

/** Side questions (which model, who speaks next) want an object of their own. */
const sideAnswer = JSON.stringify({
  reasoning: 'scripted',
  next_speaker: 'user',
  model_choice: 'flash',
  complexity_reasoning: 'scripted',
  complexity_score: 1,
})

async function send({ n, body, answer, stream, response, gone, json }) {
  const wantsJson = body.generationConfig?.responseMimeType === 'application/json'
  const wrap = (parts, end) => ({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(end ? { finishReason: 'STOP' } : {}) }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
    modelVersion: 'scripted',
    responseId: `g${n}`,
  })
  const args = answer.input ?? { command: answer.command, description: 'scripted' }
  const name = answer.name ?? 'run_shell_command'
  const call = answer.kind === 'tool' ? [{ functionCall: { name, args } }] : null
  if (!stream)
    return json(wrap(call ?? [{ text: wantsJson ? sideAnswer : await wholeText(answer, gone) }], true))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (value) => {
    if (!gone()) response.write(`data: ${JSON.stringify(value)}\r\n\r\n`)
  }
  if (call !== null) event(wrap(call, true))
  else {
    if (wantsJson) event(wrap([{ text: sideAnswer }], false))
    else for await (const text of pieces(answer, gone)) event(wrap([{ text }], false))
    event(wrap([{ text: '' }], true))
  }
  response.end()
}

export const gemini = { read, refuse, send }
