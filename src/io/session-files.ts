import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs'
import { isRecord } from '../model/json.ts'
import type { Farewell } from '../model/session.ts'

/** What agent CLIs leave on disk about their sessions, and hold open while they run. Nothing here throws. */

/** The first path like that; null: there is none. `*` stands for anything within one part of it. */
export function findPath(pattern: string): string | null {
  const [first = '', ...parts] = pattern.split('/')
  return findBelow(first, parts)
}

function findBelow(directory: string, parts: readonly string[]): string | null {
  const [part, ...rest] = parts
  if (part === undefined) return directory
  const { literal, matches } = matcher(part)
  // Only the parts with a `*` and the last one are looked at: a missing directory in between has no entries.
  if (literal && rest.length > 0) return findBelow(`${directory}/${part}`, rest)
  for (const name of entriesOf(directory || '/')) {
    const found = matches(name) ? findBelow(`${directory}/${name}`, rest) : null
    if (found !== null) return found
  }
  return null
}

function matcher(part: string): { literal: boolean; matches: (name: string) => boolean } {
  if (!part.includes('*')) return { literal: true, matches: (name) => name === part }
  const source = part.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`^${source.join('.*')}$`, 's')
  return { literal: false, matches: (name) => pattern.test(name) }
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** First group of `pattern` in a path that the process or a child of it holds open; null: none, or cannot be seen. */
export function inOpenFiles(pid: number, pattern: RegExp): string | null {
  for (const holder of [pid, ...childrenOf(pid)]) {
    const directory = `/proc/${holder}/fd`
    for (const fd of entriesOf(directory)) {
      const found = pattern.exec(linkTarget(`${directory}/${fd}`))?.[1]
      if (found !== undefined) return found
    }
  }
  return null
}

function childrenOf(pid: number): readonly number[] {
  const text = readQuietly(`/proc/${pid}/task/${pid}/children`) ?? ''
  return text
    .split(' ')
    .map(Number)
    .filter((child) => child > 1)
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile, or another user's
  }
}

/** `sessionId` of a JSON document; null: there is none. */
export function sessionIdIn(path: string): string | null {
  try {
    const value: unknown = JSON.parse(readQuietly(path) ?? 'null')
    return isRecord(value) && typeof value.sessionId === 'string' ? value.sessionId : null
  } catch {
    return null // not written to its end yet
  }
}

/** How much of a terminal's output may follow the id: the cursor and the modes are restored in between. */
const tailBytes = 4_096

/** The id with which the last output of an agent ends its `farewell`; null: it did not say. */
export function saidAtTheEnd(outputFile: string, farewell: Farewell): string | null {
  const text = tailOf(outputFile)
  const at = text.lastIndexOf(farewell.before + farewell.idStart)
  return at === -1 ? null : (/^[\w-]+/.exec(text.slice(at + farewell.before.length))?.[0] ?? null)
}

/** Time (ms since the epoch) of the last change; null: there is no such file. */
export function modifiedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null
}

function tailOf(path: string): string {
  try {
    const fd = openSync(path, 'r')
    try {
      const { size } = fstatSync(fd)
      const buffer = Buffer.alloc(Math.min(size, tailBytes))
      readSync(fd, buffer, 0, buffer.length, size - buffer.length)
      return buffer.toString('latin1')
    } finally {
      closeSync(fd)
    }
  } catch {
    return ''
  }
}

function readQuietly(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
