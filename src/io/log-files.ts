import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readIfExists } from './files.ts'
import { agentFiles } from './records.ts'

/** The pieces of one agent's log, newest first: `output.log`, `output.log.1`, `output.log.2`. */
const suffixes = ['', '.1', '.2'] as const
const indexFile = 'output.idx'

/** A piece of log, and when its parts came. */
export interface LogPiece {
  readonly bytes: Buffer
  /** Byte `offset` and everything before it had come by `at` (ms since the epoch), to the second. */
  readonly marks: readonly { readonly at: number; readonly offset: number }[]
}

/** Everything that is kept of an agent's output, oldest first; empty when it has printed nothing. */
export function readLog(agentDir: string): readonly LogPiece[] {
  const { pieces, follower } = readAndFollowLog(agentDir)
  follower.close()
  return pieces
}

/** The same, and what comes after it: a rotation between the two neither loses nor repeats anything. */
export function readAndFollowLog(agentDir: string): {
  readonly pieces: readonly LogPiece[]
  readonly follower: LogFollower
} {
  const newestFirst = pathsIn(agentDir, agentFiles.output)
  const found = openKept(newestFirst, pathsIn(agentDir, indexFile))
  const pieces = found.map(({ file, index }) => ({ bytes: readOn(file), marks: parseMarks(index) }))
  for (const { file } of found.slice(0, -1)) closeSync(file.fd)
  return { pieces, follower: createFollower(newestFirst, found.at(-1)?.file ?? null) }
}

function pathsIn(agentDir: string, name: string): readonly string[] {
  return suffixes.map((suffix) => join(agentDir, `${name}${suffix}`))
}

interface KeptLog {
  readonly file: OpenLog
  /** Text of its index. */
  readonly index: string
}

/** Oldest first, each file once. */
function openKept(paths: readonly string[], indexes: readonly string[]): readonly KeptLog[] {
  for (;;) {
    const found = paths.map((path, age) => {
      const file = openLog(path)
      return file === null ? null : { file, path, index: readIfExists(indexes[age] ?? '') ?? '' }
    })
    const kept = found.filter((entry) => entry !== null)
    // A rotation between two openings would miss a file, or find one twice.
    if (kept.every(({ file, path }) => inodeOf(path) === file.inode)) return kept.reverse()
    for (const { file } of kept) closeSync(file.fd)
  }
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

function createFollower(newestFirst: readonly string[], begun: OpenLog | null): LogFollower {
  let file = begun
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
  for (;;) {
    // A file only moves towards the end of this list, so it cannot be missed.
    const age = file === null ? -1 : newestFirst.findIndex((path) => inodeOf(path) === file.inode)
    if (age === 0) return null
    // Not begun yet, or rotated away: the oldest that is left.
    if (age === -1) return openLog(newestFirst.findLast((path) => inodeOf(path) !== null) ?? '')
    const next = openLog(newestFirst[age - 1] ?? '')
    // One more rotation between the look and the opening would skip a file.
    if (next === null || inodeOf(newestFirst[age] ?? '') === file?.inode) return next
    closeSync(next.fd)
  }
}

/** From its beginning; null: not there (yet), or not to be read. */
function openLog(path: string): OpenLog | null {
  try {
    // Without waiting, should a named pipe be in its place.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(fd)
    if (stat.isFile()) return { fd, inode: stat.ino, offset: 0 }
    closeSync(fd)
    return null
  } catch {
    return null
  }
}

/** null: not there. */
export function inodeOf(path: string): number | null {
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
