// A stand-in for an AI agent: needs no account and no network. Reads a line, is busy for a moment, answers.
// One Ctrl-C interrupts a turn; two within a second at the prompt end it, as with real agents.
//   node demo-agent.mjs [--name NAME] [--role ROLE] [--busy-ms 1500]
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({
  options: {
    name: { type: 'string', default: 'demo' },
    role: { type: 'string', default: 'agent' },
    'busy-ms': { type: 'string', default: '1500' },
  },
})
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const clearLine = '\r\x1b[2K'
const exitWindowMs = 1_000

const write = (text) => process.stdout.write(text)
const prompt = () => write(`${flags.name}> `)

/** Lines typed while a turn is running wait here. */
const queue = []
let turn = null
let armedAt = Number.NEGATIVE_INFINITY
let answered = 0

function startTurn() {
  const line = queue.shift()
  if (line === undefined) return prompt()
  const startedAt = Date.now()
  let frame = 0
  const spin = () => {
    const elapsed = Date.now() - startedAt
    if (elapsed >= Number(flags['busy-ms'])) return endTurn(answer(line, elapsed))
    write(`${clearLine}${frames[frame++ % frames.length]} thinking (Ctrl-C to interrupt)`)
  }
  turn = setInterval(spin, 100)
  spin()
}

function endTurn(text) {
  clearInterval(turn)
  turn = null
  write(`${clearLine}${text}\n`)
  startTurn()
}

function answer(line, elapsed) {
  answered += 1
  return `You said: ${line}\n(answer ${answered} of ${flags.name}, ${(elapsed / 1_000).toFixed(1)} s)`
}

function onInterrupt() {
  if (turn !== null) return endTurn('interrupted')
  const now = Date.now()
  if (now - armedAt <= exitWindowMs) {
    write(`${clearLine}bye\n`)
    process.exit(0)
  }
  armedAt = now
  write(`${clearLine}press Ctrl-C again to exit\n`)
  prompt()
}

function onLine(line) {
  if (line.trim() !== '') queue.push(line.trim())
  if (turn === null) startTurn()
}

process.on('SIGINT', onInterrupt)
process.stdout.on('error', () => process.exit(1)) // the terminal is gone
process.stdin.setEncoding('utf8')
let typed = ''
process.stdin.on('data', (chunk) => {
  const lines = (typed + chunk).split('\n')
  typed = lines.pop() ?? ''
  for (const line of lines) onLine(line)
})
process.stdin.on('end', () => process.exit(0))
write(`demo agent ${flags.name} (${flags.role}), pid ${process.pid}. Type something.\n`)
prompt()
