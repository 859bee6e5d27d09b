import { existsSync } from 'node:fs'
import { observeOwn } from '../../engine/lifecycle.ts'
import { ExitCode } from '../../errors.ts'
import { agentFiles, fileRecords } from '../../io/records.ts'
import { readSessions } from '../../io/session-store.ts'
import type { AgentId } from '../../model/agent.ts'
import type { AgentStatus } from '../../model/status.ts'
import type { Observation } from '../../model/unit.ts'
import { statusRows } from '../../plan/status.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { psIds, psTable } from '../../view/ps.ts'
import { activityReader } from '../activity.ts'
import { candidates } from '../candidates.ts'
import { flag, type Invocation, listOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { lastReadings } from '../last-readings.ts'
import { liveSession } from '../sessions.ts'
import { openTeam, type Team } from '../team.ts'
import { teamLivingOn } from '../team-lives-on.ts'
import { watchPs } from '../watch-ps.ts'

export const ps: Run = async (invocation) => {
  const { context } = invocation
  const team = await openTeam(context)
  if (flag(invocation.options, 'watch')) {
    await watchPs(team, context, () => wantedRows(team, invocation))
    return { exitCode: ExitCode.interrupted, json: undefined, human: () => '' }
  }
  const rows = await wantedRows(team, invocation, (unit) => warnOfLoss(unit, context))
  return {
    exitCode: ExitCode.ok,
    json: rows,
    human: () => {
      if (context.globals.quiet) return psIds(rows)
      const chosen = listOption(invocation.options, 'status').length > 0
      return rows.length === 0 && chosen ? 'No agent is in that state.' : psTable(rows, psOptions(context))
    },
  }
}

function psOptions(context: Context): Parameters<typeof psTable>[1] {
  return { now: context.clock.now(), width: context.stdout.columns() || null, style: context.style }
}

async function wantedRows(
  team: Team,
  { context, args, options }: Invocation,
  lossSeen: (unit: Observation) => void = () => undefined,
): Promise<readonly AgentStatus[]> {
  const rows = await teamRows(team, context, lossSeen)
  const scope = resolveTargets(args, candidates(team.compose.agents, rows))
  const states = listOption(options, 'status')
  return rows.filter((row) => {
    if (scope !== null && !scope.has(row.id)) return false
    if (states.length > 0) return states.includes(row.state)
    // Naming an agent asks for its state, whatever that is.
    return flag(options, 'all') || scope !== null || row.state !== 'stopped'
  })
}

/** Every agent of the file and every orphan, as they are now. */
async function teamRows(
  team: Team,
  context: Context,
  lossSeen: (unit: Observation) => void,
): Promise<readonly AgentStatus[]> {
  const { compose, supervisor } = team
  const reader = activityReader(team)
  const last = lastReadings(team, reader, context.clock.now())
  const observe = (seenAt?: ReadonlyMap<AgentId, number>) =>
    observeOwn(compose.name, compose.file, { supervisor, fileExists: existsSync }, reader.ids, seenAt)
  const observing = observe(last.seenAt)
  // Read while tmux answers.
  const records = new Map(team.wanted.map(({ agentDir }) => [agentDir, fileRecords.read(agentDir)]))
  const first = await observing
  // Rare: it has shown something that is not in its log yet, or its CLI says something new and shows nothing.
  const isStale = (unit: Observation) => {
    const { last: run } = records.get(unit.agentDir) ?? fileRecords.read(unit.agentDir)
    if (!last.seenAt.has(unit.id) || unit.liveness !== 'running' || run?.kind !== 'start') return false
    return unit.look === null && !(unit.unchanged === true && last.holds(unit, run.pid))
  }
  const observed = first.some(isStale) ? await observe() : first
  observed.filter(({ fileLoss }) => fileLoss !== undefined).forEach(lossSeen)
  const record = (agentDir: string) => records.get(agentDir) ?? fileRecords.read(agentDir)
  const rows = statusRows({
    team: compose.name,
    supervisor: supervisor.kind,
    agents: team.wanted,
    observed,
    record,
    livesOn: await teamLivingOn(team, observed, record, context),
    isDown: (agentDir) => fileRecords.desired(agentDir) === 'down',
    logFile: (agentDir) => `${agentDir}/${agentFiles.output}`,
    activity: last.read,
    sessionId: sessionFinder(team.stateDir, context),
    now: context.clock.now(),
  })
  last.keep()
  return rows
}

const lossWords = {
  gone: 'is gone: team up writes it anew, and leaves the agent alone',
  foreign: 'is none of team’s any more: it is left alone',
  masked: 'is masked: it can be drained, and not started again',
} as const

function warnOfLoss({ id, unit, fileLoss = 'gone' }: Observation, { stderr, errorStyle }: Context): void {
  stderr.write(
    `${errorStyle.warn('warning:')} ${id} runs, and the file of ${unit.name} ${lossWords[fileLoss]}\n`,
  )
}

/** Only the JSON shows it. */
function sessionFinder(
  stateDir: string,
  { globals }: Context,
): (id: AgentId, agentDir: string) => string | null {
  if (!globals.json) return () => null
  const sessions = readSessions(stateDir)
  return (id, agentDir) => {
    const entry = sessions[id]
    return entry === undefined ? null : (liveSession(agentDir, entry) ?? entry.id)
  }
}
