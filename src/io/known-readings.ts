import { join } from 'node:path'
import { type ActivityReading, activities } from '../model/activity.ts'
import { type AgentId, isAgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import { readIfExists, writeAtomic } from './files.ts'

/** What an agent was last seen to do: true for as long as its terminal shows nothing and its file stays as it is. */
export interface KnownReading {
  /** The terminal, and the agent in it, that were looked at. */
  readonly unit: string
  readonly pid: number
  /** Before it was looked at; s since the epoch, as tmux counts. */
  readonly at: number
  /** Of the file in which the CLI tells of itself; ms since the epoch; null: there is none. */
  readonly fileTime: number | null
  readonly reading: ActivityReading
}

export type KnownReadings = ReadonlyMap<AgentId, KnownReading>

const fileName = 'looks.json'

/** Empty when there are none, or they cannot be read. */
export function readKnown(stateDir: string): KnownReadings {
  const known = new Map<AgentId, KnownReading>()
  try {
    const value: unknown = JSON.parse(readIfExists(join(stateDir, fileName)) ?? '{}')
    for (const [id, entry] of Object.entries(isRecord(value) ? value : {})) {
      const parsed = parseKnown(entry)
      if (isAgentId(id) && parsed !== null) known.set(id, parsed)
    }
  } catch {
    // Of another version, or damaged: everybody is looked at.
  }
  return known
}

/** Never throws: whoever cannot write them looks again the next time. */
export function writeKnown(stateDir: string, known: KnownReadings): void {
  try {
    writeAtomic(join(stateDir, fileName), JSON.stringify(Object.fromEntries(known)))
  } catch {
    // A full or read-only disk keeps nobody from looking.
  }
}

function parseKnown(entry: unknown): KnownReading | null {
  if (!isRecord(entry) || !isRecord(entry.reading)) return null
  const { unit, pid, at, fileTime } = entry
  const { activity, detail, since } = entry.reading
  const name = activities.find((known) => known === activity)
  if (name === undefined || typeof unit !== 'string' || typeof pid !== 'number' || typeof at !== 'number')
    return null
  return {
    unit,
    pid,
    at,
    fileTime: typeof fileTime === 'number' ? fileTime : null,
    reading: {
      activity: name,
      detail: typeof detail === 'string' ? detail : null,
      since: typeof since === 'number' ? since : null,
      input: 'none',
    },
  }
}
