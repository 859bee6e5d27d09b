import { readSync } from 'node:fs'
import { systemErrorCode, TeamError } from '../errors.ts'

const chunkBytes = 64 * 1024
/** ms between two looks where somebody has made standard input non-blocking. */
const pollMs = 10

/** All of standard input. @throws TeamError `usage` where there is none that can be read */
export function readStdinBytes(): Buffer {
  const parts: Buffer[] = []
  for (;;) {
    const part = readPart()
    if (part === null) return Buffer.concat(parts)
    parts.push(part)
  }
}

/** null: its end. Empty: nothing yet. */
function readPart(): Buffer | null {
  const scratch = Buffer.alloc(chunkBytes)
  try {
    const count = readSync(0, scratch, 0, chunkBytes, null)
    return count === 0 ? null : scratch.subarray(0, count)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'EOF') return null
    if (code !== 'EAGAIN') {
      throw new TeamError('usage', `cannot read standard input: ${code ?? 'unknown error'}`, {
        hint: 'pipe the text into the command, or give it as an argument',
        cause: error,
      })
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs)
    return scratch.subarray(0, 0)
  }
}

/** Bytes as text; nothing of it is changed. @param what names where it is from. @throws TeamError `usage` where it is none */
export function utf8Text(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new TeamError('usage', `${what} is no UTF-8 text`, {
      hint: 'name the file in the prompt, instead of giving its bytes',
      cause: error,
    })
  }
}
