import type { LogPiece } from '../io/log-files.ts'
import type { AgentId } from '../model/agent.ts'
import type { TranscriptEntry } from '../model/transcript.ts'
import { createLineCleaner, type LineCleaner } from '../view/line-cleaner.ts'

export interface LogLine {
  readonly id: AgentId
  readonly text: string
  /** When it had come at the latest, ms since the epoch (of a terminal: to the second); null: not known. */
  readonly at: number | null
  /** Of a conversation: whose words these are, which may be several lines. */
  readonly who?: TranscriptEntry['who']
}

/**
 * What an agent printed, as lines that a person can read. The last one, if it has no end yet, stays in `kept`
 * for whoever goes on with it; with null it is a line like the others.
 */
export function linesOf(
  id: AgentId,
  pieces: readonly LogPiece[],
  kept: LineCleaner | null,
): readonly LogLine[] {
  const cleaner = kept ?? createLineCleaner()
  const lines: LogLine[] = []
  const push = (texts: readonly string[], at: number | null) =>
    texts.forEach((text) => lines.push({ id, text, at }))
  let last: number | null = null
  for (const { bytes, marks } of pieces) {
    let from = 0
    for (const mark of marks) {
      if (mark.offset <= from) continue
      push(cleaner.push(bytes.subarray(from, mark.offset)), mark.at)
      from = Math.min(mark.offset, bytes.length)
      last = mark.at
    }
    // What the logger has not indexed yet is its newest round.
    push(cleaner.push(bytes.subarray(from)), last)
  }
  if (kept === null) push(cleaner.end(), last)
  return lines
}
