import type { ActivityReading, InputState, TerminalLook } from '../model/activity.ts'

/** What a pattern finds on a screen. Pure; the patterns are data of each runtime. */

interface Input {
  readonly state: InputState
  /** Everything above it; all rows when there is none. */
  readonly above: readonly string[]
}

/** A prompt's place: its first row begins with `marker` (with `!`: a shell's), and the cursor of an empty one stands `gap` columns behind it. */
export function inputAt({ lines, cursor }: TerminalLook, marker: RegExp, gap: number): Input {
  for (let row = cursor.y; row >= 0; row -= 1) {
    const line = lines[row] ?? ''
    const found = marker.exec(line)
    if (found !== null) {
      const empty = row === cursor.y && cursor.x <= found[0].length + gap
      const state = found[0].endsWith('!') ? 'shell' : empty ? 'empty' : 'draft'
      return { state, above: lines.slice(0, row) }
    }
    // Further rows of a long draft are indented below the first, and may be empty.
    if (line !== '' && !/^\s/.test(line)) break
  }
  return { state: 'none', above: lines }
}

/** The rows after the last one that matches; all of them when none does. */
export function rowsAfterLast(lines: readonly string[], pattern: RegExp): readonly string[] {
  return lines.slice(lines.findLastIndex((line) => pattern.test(line)) + 1)
}

/** The first group (or all) of the first row that matches, on one line; null: none does. */
export function firstMatch(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const found = pattern.exec(line)
    if (found !== null) return oneLine(found[1] ?? found[0])
  }
  return null
}

export function lastMatch(lines: readonly string[], pattern: RegExp): string | null {
  return firstMatch(lines.toReversed(), pattern)
}

const longestDetail = 120

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > longestDetail ? `${line.slice(0, longestDetail - 1)}…` : line
}

type Told = Partial<Omit<ActivityReading, 'activity'>>

export function reading(activity: ActivityReading['activity'], told: Told = {}): ActivityReading {
  return { activity, detail: null, since: null, input: 'none', ...told }
}

/** The spinner with which CLIs begin their title while they are at work. */
export const spinner = /^[\u2800-\u28ff]/
