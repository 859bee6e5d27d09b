import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'

/**
 * Output kept in files of at most `segmentBytes`, named `<name>.<offset of their first byte>`: the oldest are removed,
 * so that it is bounded on disk, and a reader knows by the offset how much it has missed.
 */

const segmentBytes = 8 * 1024 * 1024
const keptSegments = 2

export interface ByteLog {
  append(bytes: Uint8Array): void
  close(): void
}

/** Goes on where it ends. @throws what the file system throws */
export function createByteLog(dir: string, name: string, limit = segmentBytes): ByteLog {
  let start = segments(dir, name).at(-1) ?? 0
  let length = sizeOf(`${dir}/${name}.${start}`)
  let fd = openSync(`${dir}/${name}.${start}`, 'a', 0o600)
  const roll = (): void => {
    // Opened before the other is closed: where it cannot be, its number must not pass to another file.
    const next = openSync(`${dir}/${name}.${start + length}`, 'a', 0o600)
    closeSync(fd)
    fd = next
    start += length
    length = 0
    const old = segments(dir, name).slice(0, -keptSegments)
    for (const offset of old) rmSync(`${dir}/${name}.${offset}`, { force: true })
  }
  return {
    append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (length >= limit) roll()
        const written = writeSync(fd, bytes, at, Math.min(bytes.length - at, limit - length))
        at += written
        length += written
      }
    },
    close: () => closeSync(fd),
  }
}

export interface LogPart {
  readonly bytes: Buffer
  /** Offset after them. */
  readonly next: number
  /** Bytes between the wanted offset and the oldest that is kept. */
  readonly dropped: number
}

/** At most `max` bytes from `offset` on. A log that is not there yet is empty. */
export function readByteLog(dir: string, name: string, offset: number, max = segmentBytes * 4): LogPart {
  const starts = segments(dir, name)
  const first = starts[0] ?? 0
  const from = Math.max(offset, first)
  const parts: Buffer[] = []
  let next = from
  for (const [index, start] of starts.entries()) {
    const following = starts[index + 1]
    if ((following !== undefined && following <= next) || next - from >= max) continue
    const bytes = readFrom(`${dir}/${name}.${start}`, next - start, max - (next - from))
    parts.push(bytes)
    next += bytes.length
  }
  return { bytes: Buffer.concat(parts), next, dropped: from - offset }
}

/** Path of the oldest part that is kept; null: nothing was written yet. */
export function byteLogFile(dir: string, name: string): string | null {
  const [first] = segments(dir, name)
  return first === undefined ? null : `${dir}/${name}.${first}`
}

/** Offset after the last byte. */
export function byteLogEnd(dir: string, name: string): number {
  const last = segments(dir, name).at(-1)
  if (last === undefined) return 0
  return last + sizeOf(`${dir}/${name}.${last}`)
}

function segments(dir: string, name: string): readonly number[] {
  const prefix = `${name}.`
  return namesIn(dir)
    .filter((entry) => entry.startsWith(prefix) && /^\d+$/.test(entry.slice(prefix.length)))
    .map((entry) => Number(entry.slice(prefix.length)))
    .sort((a, b) => a - b)
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  return withFile(path, (fd) => fstatSync(fd).size) ?? 0
}

function readFrom(path: string, position: number, max: number): Buffer {
  const read = withFile(path, (fd) => {
    const size = Math.max(0, Math.min(fstatSync(fd).size - position, max))
    const bytes = Buffer.alloc(size)
    return bytes.subarray(0, readSync(fd, bytes, 0, size, position))
  })
  return read ?? Buffer.alloc(0)
}

/** null: it was removed meanwhile. */
function withFile<Value>(path: string, use: (fd: number) => Value): Value | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}
