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

/** Follows from byte `offset` of the current file. */
export function followLog(agentDir: string, offset: number): LogFollower {
  const path = join(agentDir, agentFiles.output)
  let file: { fd: number; inode: number; offset: number } | null = null
  const open = (from: number): void => {
    try {
      const fd = openSync(path, 'r')
      const { ino, size } = fstatSync(fd)
      // Shorter: it was rotated between the reading and the following.
      file = { fd, inode: ino, offset: from <= size ? from : 0 }
    } catch {
      file = null // not there yet
    }
  }
  const drain = (): Buffer => {
    const parts: Buffer[] = []
    while (file !== null) {
      const chunk = Buffer.alloc(chunkBytes)
      const length = readSync(file.fd, chunk, 0, chunkBytes, file.offset)
      if (length === 0) break
      file.offset += length
      parts.push(chunk.subarray(0, length))
    }
    return Buffer.concat(parts)
  }
  open(offset)
  return {
    read() {
      const parts = [drain()]
      const now = statSync(path, { throwIfNoEntry: false })
      if (now !== undefined && now.ino !== file?.inode) {
        // Rotated: the rest of the old file came first, and was read above.
        if (file !== null) closeSync(file.fd)
        open(0)
        parts.push(drain())
      }
      return Buffer.concat(parts)
    },
    close() {
      if (file !== null) closeSync(file.fd)
    },
  }
}

function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}
