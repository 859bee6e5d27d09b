import { closeSync, fstatSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TeamError } from '../errors.ts'
import { readIfExists } from './files.ts'
import { isOutOfFiles, openIfExists } from './open-file.ts'
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

/** Everything that is kept of an agent's output. */
export interface KeptLog {
  /** Oldest first; empty when it has printed nothing. */
  readonly pieces: readonly LogPiece[]
  /** Why files that are there are missing from it; of the newest one last. */
  readonly unreadable: readonly TeamError[]
}

/** @throws TeamError when there are too many open files */
export function readLog(agentDir: string): KeptLog {
  const { follower, ...kept } = readAndFollowLog(agentDir)
  follower.close()
  return kept
}

/** The same, and what comes after it: a rotation between the two neither loses nor repeats anything. */
export function readAndFollowLog(agentDir: string): KeptLog & { readonly follower: LogFollower } {
  const newestFirst = pathsIn(agentDir, agentFiles.output)
  const { found, unreadable } = openKept(newestFirst, pathsIn(agentDir, indexFile))
  const pieces = found.map(({ file, index }) => ({ bytes: readOn(file), marks: parseMarks(index) }))
  closeAll(found.slice(0, -1))
  return { pieces, unreadable, follower: createFollower(newestFirst, found.at(-1)?.file ?? null) }
}

function pathsIn(agentDir: string, name: string): readonly string[] {
  return suffixes.map((suffix) => join(agentDir, `${name}${suffix}`))
}

interface FoundLog {
  readonly file: OpenLog
  readonly path: string
  /** Text of its index. */
  readonly index: string
}

interface Found {
  readonly found: readonly FoundLog[]
  readonly unreadable: readonly TeamError[]
}

/** Oldest first, each file once. */
function openKept(paths: readonly string[], indexes: readonly string[]): Found {
  for (;;) {
    const opened = openAll(paths, indexes)
    // A rotation between two openings would miss a file, or find one twice.
    if (opened.found.every(({ file, path }) => inodeOf(path) === file.inode)) return opened
    closeAll(opened.found)
  }
}

/** `paths` are newest first, what is found is oldest first. */
function openAll(paths: readonly string[], indexes: readonly string[]): Found {
  const found: FoundLog[] = []
  const unreadable: TeamError[] = []
  try {
    for (const [age, path] of paths.entries()) {
      const file = orElse(
        () => openLog(path),
        (why) => {
          unreadable.unshift(why)
          return null
        },
      )
      if (file === null) continue
      const entry = { file, path, index: '' }
      found.unshift(entry)
      // Without one it is not known when its lines came.
      const index = orElse(
        () => readIfExists(indexes[age] ?? '') ?? '',
        () => '',
      )
      found[0] = { ...entry, index }
    }
  } catch (error) {
    closeAll(found)
    throw error
  }
  return { found, unreadable }
}

function closeAll(logs: readonly FoundLog[]): void {
  for (const { file } of logs) closeSync(file.fd)
}

/** Something else for what cannot be read; being out of files says nothing about it, and is thrown. */
function orElse<Value>(read: () => Value, instead: (why: TeamError) => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof TeamError) || isOutOfFiles(error)) throw error
    return instead(error)
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
    if (age === -1) return openNext(newestFirst.findLast((path) => inodeOf(path) !== null) ?? '')
    const next = openNext(newestFirst[age - 1] ?? '')
    // One more rotation between the look and the opening would skip a file.
    if (next === null || inodeOf(newestFirst[age] ?? '') === file?.inode) return next
    closeSync(next.fd)
  }
}

/** null: not there yet, or not to be read, which may change. */
function openNext(path: string): OpenLog | null {
  return orElse(
    () => openLog(path),
    () => null,
  )
}

/** From its beginning; null: not there. */
function openLog(path: string): OpenLog | null {
  const fd = openIfExists(path)
  return fd === null ? null : { fd, inode: fstatSync(fd).ino, offset: 0 }
}

/** null: not there, or in a directory that is not to be read. */
export function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino
  } catch {
    return null
  }
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
