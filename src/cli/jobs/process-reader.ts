import { readByteLog } from '../../io/byte-log.ts'
import { readIfExists, writeAtomic } from '../../io/files.ts'
import { jobLogs } from '../../model/job.ts'

/** Byte offsets of what comes next. */
export interface Cursor {
  readonly stdout: number
  readonly stderr: number
}

export interface ReadPart {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly next: Cursor
  /** Bytes that were removed before this reader came. */
  readonly dropped: number
}

/** `ended`: no more comes, so that nothing need be kept back for its second half. */
export function readPart(dir: string, from: Cursor, ended: boolean): ReadPart {
  const out = readByteLog(dir, jobLogs.stdout, from.stdout)
  const err = readByteLog(dir, jobLogs.stderr, from.stderr)
  const stdout = ended ? out.bytes : wholeText(out.bytes)
  const stderr = ended ? err.bytes : wholeText(err.bytes)
  return {
    stdout,
    stderr,
    next: {
      stdout: out.next - (out.bytes.length - stdout.length),
      stderr: err.next - (err.bytes.length - stderr.length),
    },
    dropped: out.dropped + err.dropped,
  }
}

/** Without the beginning of a character whose end has not come yet. */
function wholeText(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.subarray(0, -back) : bytes
  }
  return bytes
}

export function cursorText({ stdout, stderr }: Cursor): string {
  return `${stdout},${stderr}`
}

/** null: it is no cursor. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15}),(\d{1,15})$/.exec(text)
  return match === null ? null : { stdout: Number(match[1]), stderr: Number(match[2]) }
}

/** Where this reader is. */
export function readCursor(dir: string, reader: string): Cursor {
  return parseCursor(readIfExists(`${dir}/reader-${reader}`) ?? '') ?? { stdout: 0, stderr: 0 }
}

export function writeCursor(dir: string, reader: string, cursor: Cursor): void {
  writeAtomic(`${dir}/reader-${reader}`, cursorText(cursor))
}
