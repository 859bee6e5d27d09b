// What the model answers: decided by words in the last text that the user wrote.
//   SLOW n         n seconds of text, a piece every 200 ms
//   HANG n         nothing for n seconds, then the answer
//   TOOL `cmd`     asks once to run cmd in a shell (codex: outside its sandbox, so that it asks for permission)
//   RUN `cmd`      the same, without codex's request to leave the sandbox
//   CALL name {…} asks once for the tool of an MCP server whose name ends so, with these arguments as JSON
//   SAY n          n numbered lines of 16 bytes, at once
//   FAIL code      that HTTP status, every time; `FAIL code*n`: n times, then the answer
//   LIMIT          the refusal of an account whose usage limit is reached
//   RECALL         every text that the user wrote in this conversation, as JSON
//   anything else  ECHO[length hash] and the beginning of the text
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const pieceMs = 200
const firstTokenMs = Number(process.env.MODEL_DELAY_MS ?? 100)

export const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12)

const failures = new Map()

/**
 * `conversation` is `{text, toolResult, users, hasShell, toolNames, side}`: the last text of the user, or what a tool gave back
 * (else null), and every text of the user. A side request (a title, a summary) is answered in one word.
 */
export function answerTo({ text, toolResult, users, hasShell, toolNames = [], side }) {
  if (side) return { kind: 'text', text: 'Title' }
  if (toolResult !== null) return { kind: 'text', text: `TOOLDONE ${toolResult.slice(0, 80)}` }
  if (/\bRECALL\b/.test(text)) return { kind: 'text', text: `RECALL ${JSON.stringify(users)}` }
  if (/\bLIMIT\b/.test(text)) return { kind: 'limit' }
  const fail = /\bFAIL (\d{3})(?:\*(\d+))?/.exec(text)
  if (fail !== null) {
    const seen = (failures.get(text) ?? 0) + 1
    failures.set(text, seen)
    if (fail[2] === undefined || seen <= Number(fail[2])) return { kind: 'fail', status: Number(fail[1]) }
  }
  const call = /\bCALL (\w+) (\{[\s\S]*\})/.exec(text)
  if (call !== null) return callOf(call[1], call[2], toolNames)
  const tool = /\b(TOOL|RUN) `([^`]+)`/.exec(text)
  if (tool !== null && hasShell) return { kind: 'tool', command: tool[2], escalate: tool[1] === 'TOOL' }
  const slow = /\bSLOW (\d+)/.exec(text)
  if (slow !== null) return { kind: 'text', text: 'SLOWREPLY', slow: Number(slow[1]) }
  const say = /\bSAY (\d+)/.exec(text)
  if (say !== null) return { kind: 'text', text: numberedLines(Number(say[1])).join('\n') }
  const hang = /\bHANG (\d+)/.exec(text)
  if (hang !== null) return { kind: 'text', text: 'HUNGREPLY', hang: Number(hang[1]) }
  return { kind: 'text', text: `ECHO[${text.length} ${hashOf(text)}] ${text.slice(0, 120)}` }
}

const numberedLines = (count) =>
  Array.from({ length: count }, (_, n) => `line ${String(n).padStart(10, '0')}`)

/** `mcp__team__ps`, `mcp_team_ps`, `team_ps`: each CLI names the tools of its servers in its own way. */
function callOf(name, input, toolNames) {
  const found = toolNames.find(
    (offered) => offered.endsWith(`team_${name}`) || offered.endsWith(`team__${name}`),
  )
  if (found === undefined) return { kind: 'text', text: `NOTOOL ${name}` }
  // opencode run quotes what it is given.
  return { kind: 'tool', name: found, input: JSON.parse(input.replaceAll('\\"', '"')) }
}

/** The answer's text in pieces, over time; ends early when the client has gone. */
export async function* pieces(answer, gone) {
  await sleep(firstTokenMs)
  for (let waited = 0; waited < (answer.hang ?? 0) * 1000 && !gone(); waited += pieceMs) await sleep(pieceMs)
  for (let said = 0; said < ((answer.slow ?? 0) * 1000) / pieceMs && !gone(); said += 1) {
    yield `tick${said} `
    await sleep(pieceMs)
  }
  const size = Math.max(40, Math.ceil(answer.text.length / 1000))
  for (let at = 0; at < Math.max(1, answer.text.length) && !gone(); at += size) {
    yield answer.text.slice(at, at + size)
  }
}

/** The whole text, after the same time. */
export async function wholeText(answer, gone) {
  let text = ''
  for await (const piece of pieces(answer, gone)) text += piece
  return text
}
