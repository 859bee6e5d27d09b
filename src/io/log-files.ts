import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readIfExists } from './files.ts'
import { agentFiles } from './records.ts'

/** The pieces of one agent's log, oldest first: `output.log.2`, `output.log.1`, `output.log`. */
const suffixes = ['.2', '.1', ''] as const
const indexFile = 'output.idx'

/** A piece of log, and when its parts came. */
export interface LogPiece {
  readonly bytes: Buffer
  /** It is still being written; the others were rotated away. */
  readonly isCurrent: boolean
  /** Byte `offset` and everything before it had come by `at` (ms since the epoch), to the second. */
  readonly marks: readonly { readonly at: number; readonly offset: number }[]
}

/** Everything that is kept of an agent's output; empty when it has printed nothing. */
export function readLog(agentDir: string): readonly LogPiece[] {
  return suffixes.flatMap((suffix) => {
    const bytes = readBytes(join(agentDir, `${agentFiles.output}${suffix}`))
    if (bytes === null) return []
    return [
      {
        bytes,
        isCurrent: suffix === '',
        marks: parseMarks(readIfExists(join(agentDir, `${indexFile}${suffix}`)) ?? ''),
      },
    ]
  })
}

/** Where to follow from so that nothing is lost or shown twice: the end of what was read. */
export function endOf(pieces: readonly LogPiece[]): number {
  return pieces.find((piece) => piece.isCurrent)?.bytes.length ?? 0
}

/** Lines `<epoch seconds> <offset>`; anything else is skipped. */
export function parseMarks(text: string): LogPiece['marks'] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) (\d+)$/.exec(line)
    return match === null ? [] : [{ at: Number(match[1]) * 1_000, offset: Number(match[2]) }]
  })
}

/** Reads what is appended to an agent's log, across rotations. */
export interface LogFollower {
  /** Bytes that have come since the last call. */
  read(): Buffer
  close(): void
}

const chunkBytes = 256 * 1024

interface OpenLog {
  readonly fd: number
  readonly inode: number
  offset: number
}

/** Follows from byte `offset` of the current file. */
export function followLog(agentDir: string, offset: number): LogFollower {
  const newestFirst = [...suffixes].reverse().map((suffix) => join(agentDir, `${agentFiles.output}${suffix}`))
  let file = openLog(newestFirst[0] ?? '', offset)
  return {
    read() {
      const parts = file === null ? [] : [readOn(file)]
      for (let next = successor(file, newestFirst); next !== null; next = successor(file, newestFirst)) {
        // What came between the last look and the rotation; nothing more can come now.
        if (file !== null) {
          parts.push(readOn(file))
          closeSync(file.fd)
        }
        file = next
        parts.push(readOn(file))
      }
      return Buffer.concat(parts)
    },
    close() {
      if (file !== null) closeSync(file.fd)
    },
  }
}

/** The file that was begun after `file`, opened; null when there is none. Several may have been begun since the last look. */
function successor(file: OpenLog | null, newestFirst: readonly string[]): OpenLog | null {
  const [newest = ''] = newestFirst
  if (file === null) return openLog(newest, 0)
  for (;;) {
    // A file only moves towards the end of this list, so it cannot be missed.
    const age = newestFirst.findIndex((path) => inodeOf(path) === file.inode)
    if (age === 0) return null
    // Rotated away: the oldest that is left.
    if (age === -1) return openLog(newestFirst.findLast((path) => inodeOf(path) !== null) ?? newest, 0)
    const next = openLog(newestFirst[age - 1] ?? newest, 0)
    // One more rotation between the look and the opening would skip a file.
    if (next === null || inodeOf(newestFirst[age] ?? '') === file.inode) return next
    closeSync(next.fd)
  }
}

function openLog(path: string, offset: number): OpenLog | null {
  try {
    const fd = openSync(path, 'r')
    return { fd, inode: fstatSync(fd).ino, offset }
  } catch {
    return null // not there yet
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null
}

/** Everything from the offset on, which moves with it. */
function readOn(file: OpenLog): Buffer {
  // Where it cannot be renamed, the file is emptied instead.
  if (fstatSync(file.fd).size < file.offset) file.offset = 0
  const parts: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(chunkBytes)
    const length = readSync(file.fd, chunk, 0, chunkBytes, file.offset)
    if (length === 0) return Buffer.concat(parts)
    file.offset += length
    parts.push(chunk.subarray(0, length))
  }
}

function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}
