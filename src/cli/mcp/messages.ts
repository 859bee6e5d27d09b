import { Transform } from 'node:stream'
import { isRecord } from '../../model/json.ts'

/** Bytes of the longest message. */
const longestMessage = 8 * 1024 * 1024

const newline = 10

/** What a line's value is to the protocol: of `params`, the method is known and takes others. */
export type Verdict = 'message' | 'params' | 'none'

/**
 * Lets through the lines that are messages; every other one is answered with a protocol error, which the library
 * leaves to its caller. Each line is a chunk of its own.
 */
export function onlyMessages(judge: (value: unknown) => Verdict, answer: (reply: string) => void): Transform {
  let pending: Buffer[] = []
  let size = 0
  const take = (line: Buffer, stream: Transform): void => {
    const text = line.toString().trim()
    const reply = size > longestMessage ? tooLong() : text === '' ? null : problemOf(text, judge)
    if (reply !== null) answer(`${JSON.stringify(reply)}\n`)
    else if (text !== '') stream.push(`${text}\n`)
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      let rest = chunk
      for (let at = rest.indexOf(newline); at !== -1; at = rest.indexOf(newline)) {
        size += at
        take(Buffer.concat([...pending, rest.subarray(0, at)]), this)
        pending = []
        size = 0
        rest = rest.subarray(at + 1)
      }
      size += rest.length
      // One that is too long will not be read: it need not be kept either.
      pending = size > longestMessage ? [] : [...pending, rest]
      done()
    },
    flush(done) {
      take(Buffer.concat(pending), this)
      done()
    },
  })
}

interface ErrorReply {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly error: { readonly code: number; readonly message: string }
}

function errorReply(id: ErrorReply['id'], code: number, message: string): ErrorReply {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

function tooLong(): ErrorReply {
  return errorReply(null, -32_600, `Invalid Request: a message can have at most ${longestMessage} bytes`)
}

/** null: it is a message. */
function problemOf(text: string, judge: (value: unknown) => Verdict): ErrorReply | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return errorReply(null, -32_700, `Parse error: ${error instanceof Error ? error.message : 'no JSON'}`)
  }
  const verdict = judge(value)
  if (verdict === 'message') return null
  const id =
    isRecord(value) && (typeof value.id === 'string' || typeof value.id === 'number') ? value.id : null
  if (verdict === 'params') return errorReply(id, -32_602, 'Invalid params: not those that the method takes')
  const what = Array.isArray(value) ? 'batches are not part of the protocol' : 'not a JSON-RPC 2.0 message'
  return errorReply(id, -32_600, `Invalid Request: ${what}`)
}
