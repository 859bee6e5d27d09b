import { closeSync, openSync, readSync, watch } from 'node:fs'
import type { Writable } from 'node:stream'
import { appendLine } from '../../io/files.ts'
import { isRecord } from '../../model/json.ts'

/**
 * What is typed into a process: lines of JSON in a file that each writer appends to in one write, so that writers
 * neither wait for each other nor get mixed up, and order is that of the file.
 */

/** ms; where no file event comes. */
const pollMs = 50

/** @throws TeamError `state-unwritable` */
export function writeInput(path: string, input: { readonly text: string; readonly eof: boolean }): void {
  appendLine(path, JSON.stringify(input))
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
      const count = readSync(fd, scratch, 0, scratch.length, offset)
      if (count === 0) return
      offset += count
      rest = Buffer.concat([rest, scratch.subarray(0, count)])
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        open = pass(rest.subarray(0, end).toString(), stdin) && open
        rest = rest.subarray(end + 1)
      }
    }
  }
  stdin.on('drain', look)
  const watcher = watch(path, look)
  watcher.on('error', () => undefined)
  const timer = setInterval(look, pollMs)
  look()
  return () => {
    open = false
    watcher.close()
    clearInterval(timer)
    closeSync(fd)
  }
}

/** False once it was closed. */
function pass(line: string, stdin: Writable): boolean {
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return true
    if (typeof value.text === 'string' && value.text !== '') stdin.write(value.text)
    if (value.eof !== true) return true
    stdin.end()
    return false
  } catch {
    return true // not written by us
  }
}
