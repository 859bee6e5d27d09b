import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { observeOwn } from '../engine/lifecycle.ts'
import type { SeenAgent, SeenTeam, WatchPorts } from '../engine/watch-activity.ts'
import { recordActivity } from '../io/activity-record.ts'
import { createEventLog } from '../io/event-log.ts'
import { agentFiles, fileRecords } from '../io/records.ts'
import type { AgentId } from '../model/agent.ts'
import type { Observation } from '../model/unit.ts'
import { stateOf } from '../plan/status.ts'
import { activityReader } from './activity.ts'
import type { Context } from './context.ts'
import type { Team } from './team.ts'
import { teamLivingOn } from './team-lives-on.ts'

/** Looks at a whole team at a time, and writes down what has changed: `activity.json`, and an event. */
export function activityPorts(team: Team, context: Pick<Context, 'clock' | 'processes'>): WatchPorts {
  const { clock } = context
  const reader = activityReader(team)
  const log = createEventLog(join(team.stateDir, 'events.jsonl'), clock.now)
  const dirs = new Map(team.wanted.map(({ spec, agentDir }) => [spec.id, agentDir]))
  const look = async (): Promise<SeenTeam> => {
    const { compose, supervisor } = team
    const ports = { supervisor, fileExists: existsSync }
    const observed = await observeOwn(compose.name, compose.file, ports, reader.ids)
    const units = new Map<AgentId, Observation>(observed.map((unit) => [unit.id, unit]))
    const livesOn = await teamLivingOn(team, observed, fileRecords.read, context)
    const seen = [...new Set([...dirs.keys(), ...units.keys()])].map((id): SeenAgent => {
      const unit = units.get(id) ?? null
      const agentDir = unit?.agentDir ?? dirs.get(id) ?? ''
      const record = fileRecords.read(agentDir)
      const state = stateOf(unit, record, () => fileRecords.desired(agentDir) === 'down')
      const pid = state === 'running' && record.last?.kind === 'start' ? record.last.pid : null
      const reading = unit === null || pid === null ? null : reader.read(unit, pid)
      if (unit !== null && reading !== null)
        recordActivity(agentDir, id, reader.dated(unit, reading), clock.now(), log.append)
      return { id, state, unit, reading, ...(livesOn.has(id) ? { livesOn: true } : {}) }
    })
    return new Map(seen.map((agent) => [agent.id, agent]))
  }
  return {
    look,
    // What is written down here is no news.
    changed: (callback) =>
      fileRecords.watch([...dirs.values()], (_, file) => {
        if (file === null || !file.startsWith(agentFiles.activity)) callback()
      }),
    now: clock.now,
    sleep: clock.sleep,
  }
}
