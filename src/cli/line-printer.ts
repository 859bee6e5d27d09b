import type { AgentId } from '../model/agent.ts'
import { createLogPrefixer, spokenLines } from '../view/logs.ts'
import type { Context } from './context.ts'
import type { LogLine } from './log-lines.ts'

/** A write for each line took ten times as long as its agent took to print it; one for all of them holds up `| head`. */
const linesOfWrite = 1_000

export interface LineStyle {
  readonly timestamps: boolean
  /** Without the agent's name before each. */
  readonly bare: boolean
}

/** Prints lines as `team logs` shows them: for people, or with --json as one object each. */
export function createLinePrinter(
  ids: readonly AgentId[],
  { stdout, globals, style }: Context,
  { timestamps, bare }: LineStyle,
): (lines: readonly LogLine[]) => void {
  const prefixer = createLogPrefixer(style)
  for (const id of ids) prefixer.join(id)

  const textOf = ({ id, text, at, who }: LogLine): string => {
    const time = at === null ? null : new Date(at).toISOString()
    if (globals.json) return `${JSON.stringify({ id, time, text, ...(who && { who }) })}\n`
    const rows = who === undefined ? [text] : spokenLines(who, text, style)
    return rows
      .map((row, index) => {
        if (bare) return `${timestamps && time !== null ? `${time} ` : ''}${row}\n`
        const stamp = timestamps || (who !== undefined && index === 0) ? time : null
        return `${prefixer.format(id, row, stamp)}\n`
      })
      .join('')
  }

  return (lines) => {
    for (let from = 0; from < lines.length; from += linesOfWrite) {
      stdout.write(
        lines
          .slice(from, from + linesOfWrite)
          .map(textOf)
          .join(''),
      )
    }
  }
}
