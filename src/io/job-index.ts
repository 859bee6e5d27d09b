import { appendFileSync, closeSync, openSync, readSync } from 'node:fs'
import type { JobSummary } from '../model/job.ts'
import { bootId } from './boot-id.ts'
import { readIfExists, writeAtomic } from './files.ts'
import { type IndexLine, isWholeLine, lineOf } from './job-line.ts'

/**
 * What a list shows of the tasks that have ended, a line each, so that ten thousand records need not be opened. The records
 * stay the truth: an ended one never changes, so that a line holds as long as its record is there; what has no line is
 * read. It is made anew after each start of the machine, as a failing one may have lost a record and kept its line.
 */
export interface JobIndex {
  /**
   * What is known of each of these, in their order; null: not known. Never throws. Leaves out the lines of others, once
   * there are many.
   * @param ids newest first
   */
  read(ids: readonly string[]): readonly (IndexLine | null)[]
  /** Those that have ended. Never throws: a full disk only makes lists slower. */
  append(summaries: readonly JobSummary[]): void
}

/** A longer line could be torn by another writer: its record is read each time. Bytes. */
const longestLine = 3_500
/** Lines of what is gone that do no harm. */
const spareLines = 1_000

export function createJobIndex(dir: string): JobIndex {
  const path = `${dir}/.index`
  const header = `team-jobs 4 ${bootId() ?? '-'}\n`
  return {
    read(ids) {
      const text = textOf(path)
      if (!text.startsWith(header)) return ids.map(() => null)
      const lines = text.split('\n')
      lines[0] = ''
      const found = matching(ids, lines.sort())
      if (lines.length > ids.length + spareLines) rewrite(path, header, found)
      return found
    },
    append(summaries) {
      if (summaries.length === 0) return
      try {
        if (textStart(path, header.length) !== header) writeAtomic(path, header)
        for (let from = 0; from < summaries.length; from += 10) {
          const lines = summaries.slice(from, from + 10).map(lineOf)
          const short = lines.filter((line) => Buffer.byteLength(line) <= longestLine)
          // The line end before them keeps them apart from one that was cut short.
          appendFileSync(path, `\n${short.join('')}`, { mode: 0o600 })
        }
      } catch {
        // Only a help for lists.
      }
    },
  }
}

/** Both are walked down side by side: looking 10,000 up in a map takes three times as long. */
function matching(ids: readonly string[], sorted: readonly string[]): readonly (IndexLine | null)[] {
  let at = sorted.length - 1
  return ids.map((id) => {
    let line = sorted[at] ?? ''
    while (!isOf(line, id)) {
      if (line <= id) return null
      at -= 1
      line = sorted[at] ?? ''
    }
    // The next id mostly is that of the next line: to compare which comes first takes longer than to look.
    at -= 1
    return line
  })
}

const tab = 9

function isOf(line: string, id: string): boolean {
  return line.charCodeAt(id.length) === tab && line.startsWith(id) && isWholeLine(line)
}

/** What somebody appends meanwhile is lost from it, and read from its record. */
function rewrite(path: string, header: string, kept: readonly (IndexLine | null)[]): void {
  try {
    writeAtomic(path, `${header}${kept.flatMap((line) => (line === null ? [] : [`${line}\n`])).join('')}`)
  } catch {
    // As above.
  }
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
