import { readFileSync } from 'node:fs'
import { agentFiles, fileRecords } from '../io/records.ts'
import { modifiedAt } from '../io/session-files.ts'
import { readSessions } from '../io/session-store.ts'
import type { Activity, ActivityReading } from '../model/activity.ts'
import { type AgentId, isAgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import type { SessionEntry } from '../model/session.ts'
import type { Observation } from '../model/unit.ts'
import { runtimeOf } from '../runtimes/registry.ts'
import type { Team } from './team.ts'

type Talker = Pick<SessionEntry, 'runtime' | 'home'>

/** Tells what the agents of a team do. */
export interface ActivityReader {
  /** Those that say it: whom to look at. */
  readonly ids: readonly AgentId[]
  /** `pid`: the agent's own. null: it is not up, was not looked at, or does not say. */
  readonly read: (unit: Observation, pid: number) => ActivityReading | null
  /** When the file was written in which its CLI tells of itself; ms since the epoch; null: there is none. */
  readonly fileTime: (unit: Observation, pid: number) => number | null
  /** The same, with a time also for a CLI that tells none: since when its screen is as it is. */
  readonly dated: (unit: Observation, reading: ActivityReading) => ActivityReading
}

export function activityReader(team: Pick<Team, 'wanted' | 'stateDir'>): ActivityReader {
  const entries = new Map<AgentId, Talker>(knownSessions(team))
  for (const { spec } of team.wanted) {
    if (spec.kind !== 'command' && !entries.has(spec.id))
      entries.set(spec.id, { runtime: spec.kind, home: '' })
  }
  return {
    ids: [...entries.keys()],
    read: (unit, pid) => readActivity(unit, entries.get(unit.id) ?? null, pid),
    fileTime: ({ id }, pid) => {
      const file = liveFile(entries.get(id) ?? null, pid)
      return file === null ? null : modifiedAt(file)
    },
    dated: (unit, reading) => ({ ...reading, since: reading.since ?? shownSince(unit, reading) }),
  }
}

/** What each agent holds or held last, orphans too; but for those that the file has made commands since. */
export function knownSessions({
  wanted,
  stateDir,
}: Pick<Team, 'wanted' | 'stateDir'>): ReadonlyMap<AgentId, SessionEntry> {
  const sessions = new Map<AgentId, SessionEntry>()
  for (const [id, entry] of Object.entries(readSessions(stateDir))) if (isAgentId(id)) sessions.set(id, entry)
  for (const { spec } of wanted) if (spec.kind === 'command') sessions.delete(spec.id)
  return sessions
}

/** Since when the screen is as it is; who is at work goes on printing, and a question may blink. */
function shownSince({ agentDir }: Observation, { activity }: ActivityReading): number | null {
  const still = activity === 'idle' || activity === 'blocked'
  return still ? modifiedAt(`${agentDir}/${agentFiles.output}`) : null
}

/** What a unit that was looked at does, for a drain that lets its turn end first; null: it does not say. */
export function activityOf(unit: Observation, stateDir: string): Activity | null {
  const { last } = fileRecords.read(unit.agentDir)
  if (last?.kind !== 'start') return null
  return readActivity(unit, readSessions(stateDir)[unit.id] ?? null, last.pid)?.activity ?? null
}

/** What a unit that was looked at does; null: it is not up, was not looked at, or its runtime does not say. */
function readActivity(
  { look, liveness }: Observation,
  entry: Talker | null,
  pid: number,
): ActivityReading | null {
  if (entry === null || look === null || liveness !== 'running') return null
  const { activity } = runtimeOf(entry.runtime)
  if (activity === null) return null
  const file = liveFile(entry, pid)
  return activity.read(look, file === null ? null : readJson(file))
}

/** In which its CLI tells of itself; null: it tells nothing. */
function liveFile(entry: Talker | null, pid: number): string | null {
  return entry === null ? null : (runtimeOf(entry.runtime).sessions?.liveFile(entry.home, pid) ?? null)
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
