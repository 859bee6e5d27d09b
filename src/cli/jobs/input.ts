import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { appendLine, watchPath } from '../../io/files.ts'
import { isRecord } from '../../model/json.ts'

/**
 * What is typed into a process: lines of JSON in a file that each writer appends to in one write, so that writers
 * neither wait for each other nor get mixed up, and order is that of the file.
 */

/** ms; where no file event comes. */
const pollMs = 50
/** Bytes of one line, so that a long text is passed on piece by piece. */
const pieceBytes = 32 * 1024

/** @throws TeamError `state-unwritable` */
export function writeInput(path: string, input: { readonly bytes: Buffer; readonly eof: boolean }): void {
  const { bytes, eof } = input
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes)
    lines.push(JSON.stringify({ data: bytes.toString('base64', at, at + pieceBytes) }))
  if (eof) lines.push(JSON.stringify({ eof }))
  // The line end before them keeps them apart from one that a full disk has cut short.
  if (lines.length > 0) appendLine(path, `\n${lines.join('\n')}`)
}

/** Bytes from its end in which the last line stands. */
const lastBytes = 64

/** Has a writer closed it? */
export function isInputClosed(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const fd = size === 0 ? null : openSync(path, 'r')
  if (fd === null) return false
  try {
    const scratch = Buffer.alloc(lastBytes)
    const count = readSync(fd, scratch, 0, lastBytes, Math.max(0, size - lastBytes))
    return scratch.toString('utf8', 0, count).endsWith('\n{"eof":true}\n')
  } finally {
    closeSync(fd)
  }
}

/** Passes on what the file holds, and what comes; returns what ends it. */
export function feedInput(path: string, stdin: Writable | null): () => void {
  if (stdin === null) return () => undefined
  const fd = openSync(path, 'a+', 0o600)
  let offset = 0
  let rest = Buffer.alloc(0)
  let open = true
  stdin.on('error', () => {
    open = false
  })
  const scratch = Buffer.alloc(64 * 1024)
  const look = (): void => {
    // A program that does not read is not fed on: the file keeps what waits.
    while (open && !stdin.writableNeedDrain) {
      const end = rest.indexOf(10)
      if (end !== -1) {
        open = pass(rest.subarray(0, end).toString(), stdin) && open
        rest = rest.subarray(end + 1)
        continue
      }
      const count = readSync(fd, scratch, 0, scratch.length, offset)
      if (count === 0) return
      offset += count
      rest = Buffer.concat([rest, scratch.subarray(0, count)])
    }
  }
  stdin.on('drain', look)
  const unwatch = watchPath(path, look)
  const timer = setInterval(look, pollMs)
  look()
  return () => {
    open = false
    unwatch()
    clearInterval(timer)
    closeSync(fd)
  }
}

/** False once it was closed. */
function pass(line: string, stdin: Writable): boolean {
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return true
    if (typeof value.data === 'string') stdin.write(Buffer.from(value.data, 'base64'))
    if (value.eof !== true) return true
    stdin.end()
    return false
  } catch {
    return true // not written by us
  }
}
