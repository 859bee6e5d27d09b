import { renameSync, statSync } from 'node:fs'
import type { AgentId } from '../model/agent.ts'
import type { EventName } from '../model/event.ts'
import { appendLine } from './files.ts'

/** Bytes; an older file is kept beside it as `.1`. */
const rotateAt = 8 * 1024 * 1024

export interface EventLog {
  readonly append: (event: EventName, id: AgentId | null, details: Readonly<Record<string, unknown>>) => void
}

/** Appends to `events.jsonl`. Never fails: what happened has happened, whether or not it can be written down. */
export function createEventLog(path: string, now: () => number): EventLog {
  let rotated = false
  return {
    append(event, id, details) {
      try {
        if (!rotated) rotate(path)
        rotated = true
        appendLine(path, JSON.stringify({ time: new Date(now()).toISOString(), event, id, ...details }))
      } catch {
        // A full or read-only disk: the command itself has failed or will, and says why.
      }
    },
  }
}

function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateAt) renameSync(path, `${path}.1`)
}
