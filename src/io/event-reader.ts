import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { type EventName, eventNames, type TeamEvent } from '../model/event.ts'

/** Events of the file and of the one it was rotated from, oldest first; lines that are none are skipped. */
export function readEvents(path: string): { readonly events: readonly TeamEvent[]; readonly size: number } {
  const older = readText(`${path}.1`)
  const current = readText(path)
  return { events: parseEvents(older + current), size: Buffer.byteLength(current) }
}

export function parseEvents(text: string): readonly TeamEvent[] {
  return text.split('\n').flatMap((line) => parseEvent(line) ?? [])
}

function parseEvent(line: string): TeamEvent | null {
  if (line === '') return null
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : null
  } catch {
    return null
  }
}

function isEvent(value: unknown): value is TeamEvent {
  if (typeof value !== 'object' || value === null) return false
  return (
    'time' in value &&
    typeof value.time === 'string' &&
    'event' in value &&
    isEventName(value.event) &&
    'id' in value &&
    (value.id === null || typeof value.id === 'string')
  )
}

function isEventName(value: unknown): value is EventName {
  return eventNames.some((name) => name === value)
}

/** Complete lines that were appended since byte `offset`; a shorter file was rotated and is read from its start. */
export function readAppended(
  path: string,
  offset: number,
): { readonly text: string; readonly offset: number } {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return { text: '', offset }
  }
  try {
    const { size } = fstatSync(fd)
    const from = size < offset ? 0 : offset
    const bytes = Buffer.alloc(size - from)
    const length = readSync(fd, bytes, 0, bytes.length, from)
    const end = bytes.subarray(0, length).lastIndexOf(10) + 1
    return { text: bytes.toString('utf8', 0, end), offset: from + end }
  } finally {
    closeSync(fd)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // nothing has happened yet
  }
}
