import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EnginePorts } from '../engine/ports.ts'
import { createEventLog } from '../io/event-log.ts'
import { fileRecords } from '../io/records.ts'
import type { ProgressEvent } from '../model/progress.ts'
import type { Context } from './context.ts'
import { launchProblem } from './launch-problem.ts'
import type { Team } from './team.ts'
import { writeLaunches } from './write-launches.ts'

/** Wires the engine to this machine. */
export function enginePorts(
  team: Team,
  context: Context,
  progress: (event: ProgressEvent) => void,
): EnginePorts {
  const log = createEventLog(join(team.stateDir, 'events.jsonl'), context.clock.now)
  return {
    supervisor: team.supervisor,
    now: context.clock.now,
    sleep: context.clock.sleep,
    record: fileRecords.read,
    clearRecord: fileRecords.clear,
    desired: fileRecords.desired,
    setDesired: fileRecords.setDesired,
    write: (launches) => writeLaunches(team.stateDir, launches),
    problem: launchProblem,
    fileExists: existsSync,
    progress,
    event: log.append,
    interrupted: context.interrupt.stop,
    forced: context.interrupt.force,
  }
}
