import { closeSync, openSync, statSync, unlinkSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'
import type { Activity, ActivityReading } from '../model/activity.ts'
import { activities } from '../model/activity.ts'
import type { AgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import type { EventLog } from './event-log.ts'
import { overwrite, readIfExists, writeAtomic } from './files.ts'
import { agentFiles } from './records.ts'

/**
 * Writes down what an agent does, if that is news: `activity.json` ({activity, since, detail}) and an event. Several
 * commands may watch at the same time: whoever sees a change first tells it. Never throws.
 */
export function recordActivity(
  agentDir: string,
  id: AgentId,
  { activity, detail, since }: ActivityReading,
  now: number,
  append: EventLog['append'],
): void {
  const path = `${agentDir}/${agentFiles.activity}`
  try {
    if (recordedActivity(path) === activity) return
    alone(`${path}.telling`, now, () => {
      // Of two commands that see the same change, one finds what the other has written a moment ago.
      if (recordedActivity(path) === activity) return
      const told = { activity, since: new Date(since ?? now).toISOString(), detail }
      const text = fixedLength(told)
      if (!overwrite(path, text)) writeAtomic(path, text)
      append('activity', id, told)
    })
  } catch {
    // A full or read-only disk keeps nobody from looking.
  }
}

/** ms after which nobody is taken to be at it any more: it takes one. */
const tellingMs = 1_000

/** Not while another command is at it, which looks again soon; what one that was killed has left is removed. */
function alone(claim: string, now: number, tell: () => void): void {
  try {
    closeSync(openSync(claim, 'wx', 0o600))
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST' && now - statSync(claim).mtimeMs > tellingMs) unlinkSync(claim)
    return
  }
  try {
    tell()
  } finally {
    unlinkSync(claim)
  }
}

function recordedActivity(path: string): Activity | null {
  try {
    const value: unknown = JSON.parse(readIfExists(path) ?? 'null')
    return isRecord(value) ? (activities.find((name) => name === value.activity) ?? null) : null
  } catch {
    return null // cut short by a crash
  }
}

/** More than any detail takes. */
const length = 1_024

/** JSON in so many bytes: only ASCII, padded. */
function fixedLength(value: object): string {
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify(value)
    .replace(/[\u0080-\uffff]/g, escaped)
    .padEnd(length - 1)}\n`
}
