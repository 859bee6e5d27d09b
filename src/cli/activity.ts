import { readFileSync } from 'node:fs'
import { agentFiles, fileRecords } from '../io/records.ts'
import { modifiedAt } from '../io/session-files.ts'
import { readSessions } from '../io/session-store.ts'
import type { ActivityReading } from '../model/activity.ts'
import { type AgentId, isAgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import type { SessionEntry } from '../model/session.ts'
import type { Observation } from '../model/unit.ts'
import { runtimeOf } from '../runtimes/registry.ts'
import type { Team } from './team.ts'

/** Tells what the agents of a team do. */
export interface ActivityReader {
  /** Those that say it: whom to look at. */
  readonly ids: readonly AgentId[]
  /** null: it is not up, was not looked at, or does not say. */
  readonly read: (unit: Observation) => ActivityReading | null
}

export function activityReader({ wanted, stateDir }: Pick<Team, 'wanted' | 'stateDir'>): ActivityReader {
  const talking = wanted.filter(({ spec }) => spec.kind !== 'command')
  // Also orphans, of which the file knows nothing.
  const sessions = readSessions(stateDir)
  const entries = new Map<AgentId, Pick<SessionEntry, 'runtime' | 'home'>>()
  for (const { spec } of talking) entries.set(spec.id, { runtime: spec.kind, home: '' })
  for (const [id, entry] of Object.entries(sessions)) if (isAgentId(id)) entries.set(id, entry)
  return {
    ids: [...entries.keys()],
    read: (unit) => {
      const reading = readActivity(unit, entries.get(unit.id) ?? null)
      return reading === null || reading.since !== null
        ? reading
        : { ...reading, since: shownSince(unit, reading) }
    },
  }
}

/** Since when the screen is as it is; who is at work goes on printing, and a question may blink. */
function shownSince({ agentDir }: Observation, { activity }: ActivityReading): number | null {
  const still = activity === 'idle' || activity === 'blocked'
  return still ? modifiedAt(`${agentDir}/${agentFiles.output}`) : null
}

/** What a unit that was looked at does; null: it is not up, was not looked at, or its runtime does not say. */
export function readActivity(
  { agentDir, look, liveness }: Observation,
  entry: Pick<SessionEntry, 'runtime' | 'home'> | null,
): ActivityReading | null {
  if (entry === null || look === null || liveness !== 'running') return null
  const { activity, sessions } = runtimeOf(entry.runtime)
  const { last } = fileRecords.read(agentDir)
  if (activity === null || last?.kind !== 'start') return null
  const file = sessions?.liveFile(entry.home, last.pid) ?? null
  return activity.read(look, file === null ? null : readJson(file))
}

/** null: it is not there, or being written. */
function readJson(path: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
