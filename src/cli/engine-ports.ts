import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EnginePorts } from '../engine/ports.ts'
import { createEventLog } from '../io/event-log.ts'
import { agentDirectories, fileRecords } from '../io/records.ts'
import type { TeamPlace } from '../io/team-place.ts'
import { type AgentId, agentId } from '../model/agent.ts'
import type { Remains } from '../model/plan.ts'
import type { ProgressEvent } from '../model/progress.ts'
import { markerOf } from '../render/launch.ts'
import type { Context } from './context.ts'
import { createLaunchCheck, type LaunchCheck } from './launch-problem.ts'
import { learnSessions } from './sessions.ts'
import type { Team } from './team.ts'
import { writeLaunches } from './write-launches.ts'

/** A drain wishes the agent down before anything else, and removes the record of the run when it is over. */
function isUndrained(agentDir: string): boolean {
  return fileRecords.read(agentDir).last !== null || fileRecords.desired(agentDir) === 'up'
}

function remainsOf(
  { compose, stateDir }: Team,
  others: ReadonlySet<AgentId>,
  drained: Set<string>,
): readonly Remains[] {
  return agentDirectories(stateDir).flatMap(({ project, agent, path }) => {
    const id = agentId(project, agent)
    if (others.has(id)) return []
    if (!isUndrained(path)) {
      drained.add(path)
      return []
    }
    return [{ id, agentDir: path, marker: markerOf(compose, { project, agent }) }]
  })
}

function placeOf({ compose, tmuxTmpdir }: Team): TeamPlace {
  return { name: compose.name, tmuxTmpdir }
}

/** Wires the engine to this machine. */
export function enginePorts(
  team: Team,
  context: Context,
  progress: (event: ProgressEvent) => void,
  refused?: LaunchCheck,
): EnginePorts {
  const log = createEventLog(join(team.stateDir, 'events.jsonl'), context.clock.now)
  // Directories without remains: they have none until something is started there.
  const drained = new Set<string>()
  return {
    supervisor: team.supervisor,
    now: context.clock.now,
    sleep: context.clock.sleep,
    remains: (others) => remainsOf(team, others, drained),
    isUndrained: (agentDir) => !drained.has(agentDir) && isUndrained(agentDir),
    record: fileRecords.read,
    clearRecord: fileRecords.clear,
    desired: fileRecords.desired,
    setDesired: fileRecords.setDesired,
    learn: (units) => learnSessions(team.stateDir, units),
    write(launches) {
      launches.forEach(({ agentDir }) => drained.delete(agentDir))
      return writeLaunches(team.stateDir, placeOf(team), launches, context.clock, (text) => {
        context.stderr.write(`${context.errorStyle.warn('warning:')} ${text}\n`)
      })
    },
    problem: createLaunchCheck((launch) => refused?.(launch) ?? team.supervisor.problem?.(launch) ?? null),
    fileExists: existsSync,
    progress,
    event: log.append,
    interrupted: context.interrupt.stop,
    forced: context.interrupt.force,
  }
}
