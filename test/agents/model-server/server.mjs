#!/usr/bin/env node
// A model on 127.0.0.1 that real agent CLIs can talk to: node server.mjs LOG [PORT]. Prints its port. The first part
// of a request's path names who asks: http://127.0.0.1:PORT/web-lead/v1/messages is logged with agent "web-lead".
// LOG gets JSON Lines, `time` in ms: `request` (with the whole conversation as the server sees it), `answered` (the
// last byte of the answer was written, or the client left: `complete` false), `other` (a request of no known kind).
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { anthropic } from './anthropic.mjs'
import { chat } from './chat.mjs'
import { gemini } from './gemini.mjs'
import { responses } from './responses.mjs'
import { answerTo } from './script.mjs'

const [logFile = 'model.log', port = '0'] = process.argv.slice(2)
const log = (entry) => appendFileSync(logFile, `${JSON.stringify({ time: Date.now(), ...entry })}\n`)

const protocols = [
  { ends: '/messages', protocol: anthropic },
  { ends: '/responses', protocol: responses },
  { ends: '/chat/completions', protocol: chat },
  { ends: ':streamGenerateContent', protocol: gemini },
  { ends: ':generateContent', protocol: gemini },
]

const decoders = { gzip: gunzipSync, br: brotliDecompressSync }

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  const raw = Buffer.concat(parts)
  const decode = decoders[request.headers['content-encoding'] ?? '']
  try {
    return JSON.parse((decode === undefined ? raw : decode(raw)).toString())
  } catch {
    return null
  }
}

const json = (response, status, value, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

let count = 0

async function handle(request, response) {
  const n = ++count
  const { pathname } = new URL(request.url, 'http://127.0.0.1')
  const agent = pathname.split('/')[1]
  const body = await bodyOf(request)
  const found = protocols.find(({ ends }) => pathname.endsWith(ends))
  if (request.method !== 'POST' || found === undefined || body === null)
    return other(n, agent, request, pathname, response)
  const { read, refuse, send } = found.protocol
  const conversation = read(body)
  const answer = answerTo(conversation)
  log({ event: 'request', n, agent, path: pathname, ...conversation, kind: answer.kind })
  let left = false
  response.on('close', () => {
    left = true
    log({
      event: 'answered',
      n,
      agent,
      kind: answer.kind,
      side: conversation.side,
      complete: response.writableFinished,
    })
  })
  if (answer.kind === 'fail' || answer.kind === 'limit') {
    const { status, value, headers } = refuse(answer)
    return json(response, status, value, headers)
  }
  const stream = body.stream === true || pathname.endsWith(':streamGenerateContent')
  await send({
    n,
    body,
    answer,
    stream,
    response,
    gone: () => left,
    json: (value) => json(response, 200, value),
  })
}

function other(n, agent, request, path, response) {
  log({ event: 'other', n, agent, method: request.method, path })
  if (path.endsWith('/count_tokens')) return json(response, 200, { input_tokens: 100 })
  if (path.endsWith(':countTokens')) return json(response, 200, { totalTokens: 100 })
  if (path.endsWith('/models'))
    return json(response, 200, { object: 'list', data: [], models: [], has_more: false })
  return json(response, request.method === 'POST' ? 200 : 404, {})
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    log({ event: 'error', message: String(error?.stack ?? error) })
    response.destroy()
  })
})
// Clients that would rather have a web socket fall back to what is spoken here.
server.on('upgrade', (_request, socket) =>
  socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n'),
)
server.listen(Number(port), '127.0.0.1', () => console.log(server.address().port))
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
// The test that started it has died: nobody would end it.
if (process.env.MODEL_UNTIL_STDIN_ENDS === '1') process.stdin.on('end', () => process.exit(0)).resume()
