import { type KnownReading, type KnownReadings, readKnown, writeKnown } from '../io/known-readings.ts'
import { agentFiles } from '../io/records.ts'
import { modifiedAt } from '../io/session-files.ts'
import type { ActivityReading } from '../model/activity.ts'
import type { AgentId } from '../model/agent.ts'
import type { Observation } from '../model/unit.ts'
import type { ActivityReader } from './activity.ts'
import type { Team } from './team.ts'

/**
 * What agents do, for a command that is called often and need not look again at terminals that have shown nothing
 * since: looking at 50 takes longer than all the rest.
 */
export interface LastReadings {
  /** When each was looked at last; s since the epoch. */
  readonly seenAt: ReadonlyMap<AgentId, number>
  /** Does what was found then hold for this unit, which has not been looked at? */
  readonly holds: (unit: Observation, pid: number) => boolean
  readonly read: (unit: Observation, pid: number) => ActivityReading | null
  /** Writes down what has been found anew. */
  readonly keep: () => void
}

/** `now`: ms since the epoch, before anybody is looked at. */
export function lastReadings(
  { stateDir, wanted }: Pick<Team, 'stateDir' | 'wanted'>,
  reader: ActivityReader,
  now: number,
): LastReadings {
  const known: KnownReadings = readKnown(stateDir)
  const at = Math.floor(now / 1_000)
  const found = new Map<AgentId, KnownReading>()
  let isNews = false
  const holds = (unit: Observation, pid: number): boolean => {
    const last = known.get(unit.id)
    return (
      last !== undefined &&
      last.unit === nameOf(unit) &&
      last.pid === pid &&
      last.fileTime === reader.fileTime(unit, pid)
    )
  }
  return {
    // Those that seem to have shown nothing: the log lags behind, and a clock that was set back proves nothing.
    seenAt: new Map(
      wanted.flatMap(({ spec: { id }, agentDir }) => {
        const last = known.get(id)
        if (last === undefined || last.at > at) return []
        const logged = modifiedAt(`${agentDir}/${agentFiles.output}`)
        return logged === null || logged >= last.at * 1_000 ? [] : [[id, last.at]]
      }),
    ),
    holds,
    read(unit, pid) {
      const last = known.get(unit.id)
      if (unit.unchanged === true && last !== undefined) {
        found.set(unit.id, last)
        return last.reading
      }
      // Before its file is read: what is written meanwhile is news the next time.
      const fileTime = reader.fileTime(unit, pid)
      const reading = reader.read(unit, pid)
      if (reading === null) return null
      const dated = reader.dated(unit, reading)
      found.set(unit.id, { unit: nameOf(unit), pid, at, fileTime, reading: dated })
      isNews = true
      return dated
    },
    keep: () => {
      if (isNews) writeKnown(stateDir, found)
    },
  }
}

function nameOf({ unit }: Observation): string {
  return `${unit.supervisor} ${unit.handle} ${unit.pid}`
}
