import { appendFileSync, closeSync, openSync, readSync } from 'node:fs'
import { isAgentId } from '../model/agent.ts'
import { type JobSummary, type TaskStatus, taskStatuses } from '../model/job.ts'
import { runtimeKinds } from '../model/runtime.ts'
import { bootId } from './boot-id.ts'
import { readIfExists, writeAtomic } from './files.ts'

/**
 * What a list shows of the tasks that have ended, a line each, so that ten thousand records need not be opened. The records
 * stay the truth: an ended one never changes, so that a line holds as long as its record is there; what has no line is
 * read. It is made anew after each start of the machine, as a failing one may have lost a record and kept its line.
 */
export interface JobIndex {
  /** Those that had ended when they were written down, by their ids. Never throws: what cannot be read is not known. */
  read(): ReadonlyMap<string, IndexLine>
  /** Never throws: a full disk only makes lists slower. */
  append(summaries: readonly JobSummary[]): void
  /** Leaves out the lines of records that are gone, when there are many. `count`: of records. */
  tidy(known: ReadonlyMap<string, IndexLine>, isThere: (id: string) => boolean, count: number): void
}

/** Taken apart only where it is looked at: a list of ids need not. */
type IndexLine = string

const fields = 9
/** A longer line could be torn by another writer: its record is read each time. Bytes. */
const longestLine = 3_500
/** Lines of what is gone that do no harm. */
const spareLines = 1_000

export function createJobIndex(dir: string): JobIndex {
  const path = `${dir}/.index`
  const header = `team-jobs 2 ${bootId() ?? '-'}\n`
  const lines = (summaries: readonly JobSummary[]): string =>
    summaries
      .map(lineOf)
      .filter((line) => Buffer.byteLength(line) <= longestLine)
      .join('')
  return {
    read() {
      const known = new Map<string, IndexLine>()
      const text = textOf(path)
      if (!text.startsWith(header)) return known
      for (let from = header.length, end = 0; ; from = end + 1) {
        end = text.indexOf('\n', from)
        if (end === -1) return known
        known.set(text.slice(from, text.indexOf('\t', from)), text.slice(from, end))
      }
    },
    append(summaries) {
      if (summaries.length === 0) return
      try {
        if (textStart(path, header.length) !== header) writeAtomic(path, header)
        for (let from = 0; from < summaries.length; from += 10)
          appendFileSync(path, lines(summaries.slice(from, from + 10)), { mode: 0o600 })
      } catch {
        // Only a help for lists.
      }
    },
    tidy(known, isThere, count) {
      if (known.size <= count + spareLines) return
      try {
        // What somebody appends meanwhile is lost from it, and read from its record.
        const kept = [...known].flatMap(([id, line]) => (isThere(id) ? [`${line}\n`] : []))
        writeAtomic(path, header + kept.join(''))
      } catch {
        // As above.
      }
    },
  }
}

function lineOf({
  id,
  agent,
  kind,
  runtime,
  status,
  createdAt,
  parentTaskId,
  tags,
  what,
}: JobSummary): string {
  const told = [
    id,
    agent ?? '',
    kind,
    runtime ?? '',
    status,
    createdAt,
    parentTaskId ?? '',
    tags.map(escaped).join(','),
    escaped(what),
  ]
  return `${told.join('\t')}\n`
}

/** Whole, or the remains of a torn one? */
export function isIndexLine(line: IndexLine): boolean {
  let at = -1
  for (let field = 1; field < fields; field += 1) {
    at = line.indexOf('\t', at + 1)
    if (at === -1) return false
  }
  return line.indexOf('\t', at + 1) === -1
}

export function parseIndexLine(line: IndexLine): JobSummary {
  const [
    id = '',
    agent = '',
    kind = '',
    runtime = '',
    status = '',
    createdAt = '',
    parent = '',
    tags = '',
    what = '',
  ] = line.split('\t')
  return {
    id,
    agent: agent === '' || !isAgentId(agent) ? null : agent,
    kind: kind === 'prompt' ? 'prompt' : 'shell',
    runtime: runtimeKinds.find((known) => known === runtime) ?? null,
    status: statuses.get(status) ?? 'lost',
    createdAt,
    parentTaskId: parent === '' ? null : parent,
    tags: tags === '' ? [] : tags.split(',').map(unescaped),
    what: unescaped(what),
  }
}

const statuses: ReadonlyMap<string, TaskStatus> = new Map(taskStatuses.map((status) => [status, status]))

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would end a field or a line
const special = /[\\,\u0000-\u001f]/g

function escaped(text: string): string {
  return text.replace(special, (letter) => `\\${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

function textOf(path: string): string {
  try {
    return readIfExists(path) ?? ''
  } catch {
    return ''
  }
}

/** Its first bytes; empty: there is none. */
function textStart(path: string, length: number): string {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const bytes = Buffer.alloc(length)
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, length, 0))
  } finally {
    closeSync(fd)
  }
}
