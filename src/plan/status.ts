import type { ActivityReading } from '../model/activity.ts'
import type { AgentId, AgentSpec } from '../model/agent.ts'
import { changedParts, type Fingerprint } from '../model/fingerprint.ts'
import type { AgentRecord, ExitRecord } from '../model/record.ts'
import type { AgentState, AgentStatus } from '../model/status.ts'
import type { Observation } from '../model/unit.ts'

export interface StatusInput {
  readonly team: string
  readonly supervisor: AgentStatus['supervisor']
  readonly agents: readonly WantedAgent[]
  readonly observed: readonly Observation[]
  readonly record: (agentDir: string) => AgentRecord
  /** Is the agent to stay down? Told apart from one that ended by itself. */
  readonly isDown: (agentDir: string) => boolean
  /** Those that nothing holds any more, and that are alive: see `unheldPid`. */
  readonly livesOn: ReadonlySet<AgentId>
  readonly logFile: (agentDir: string) => string
  /** null: it has none, or it is not known. */
  readonly sessionId: (id: AgentId, agentDir: string) => string | null
  /** What it does, by its own pid; null: it does not say. */
  readonly activity: (unit: Observation, pid: number) => ActivityReading | null
  /** ms since the epoch. */
  readonly now: number
}

export interface WantedAgent {
  readonly spec: AgentSpec
  readonly agentDir: string
  readonly fingerprint: Fingerprint
}

/** The rows of `team ps`: agents of the file in its order, then orphans. Pure but for reading records. */
export function statusRows(input: StatusInput): readonly AgentStatus[] {
  const observed = new Map(input.observed.map((unit) => [unit.id, unit]))
  const wantedIds = new Set(input.agents.map((wanted) => wanted.spec.id))
  const rows = input.agents.map((wanted) =>
    row(wanted.spec.id, wanted, observed.get(wanted.spec.id) ?? null, input),
  )
  const orphans = input.observed.filter((unit) => !wantedIds.has(unit.id))
  return [...rows, ...orphans.map((unit) => row(unit.id, null, unit, input))]
}

function row(
  id: AgentId,
  wanted: WantedAgent | null,
  unit: Observation | null,
  input: StatusInput,
): AgentStatus {
  const agentDir = unit?.agentDir ?? wanted?.agentDir ?? ''
  const record = input.record(agentDir)
  const isDown = () => input.isDown(agentDir)
  const livesOn = input.livesOn.has(id)
  const state = livesOn ? 'running' : stateOf(unit, record, isDown)
  const [project = '', agent = ''] = id.split(':')
  const lives = state === 'running'
  const pid = lives && record.last?.kind === 'start' ? record.last.pid : null
  const reading = pid !== null && unit !== null && !livesOn ? input.activity(unit, pid) : null
  const ended = state === 'exited' || state === 'failed' || state === 'restarting'
  const startedAt = lives ? record.at : ended ? timeOf(record.exit?.startedAt ?? null) : null
  return {
    team: input.team,
    project,
    agent,
    id,
    role: wanted === null ? (unit?.role ?? null) : wanted.spec.role,
    runtime: wanted?.spec.runtime ?? null,
    model: wanted?.spec.model ?? null,
    supervisor: unit?.unit.supervisor ?? input.supervisor,
    unit: unit?.unit.name ?? null,
    state,
    activity: reading?.activity ?? null,
    activitySince: reading === null ? null : isoTime(reading.since),
    activityDetail: livesOn ? unheldDetail(unit, wanted, isDown) : (reading?.detail ?? null),
    pid,
    startedAt: isoTime(startedAt),
    uptimeMs: lives && startedAt !== null ? Math.max(0, Math.round(input.now - startedAt)) : null,
    restarts: record.restarts,
    ...(ended ? exitOf(record) : { exitCode: null, exitSignal: null, exitReason: null }),
    ...(ended && unit?.oom === true ? { exitReason: 'oom' as const } : {}),
    upToDate: upToDate(wanted, unit),
    orphan: wanted === null,
    cwd: wanted?.spec.cwd ?? null,
    sessionId: input.sessionId(id, agentDir),
    logFile: agentDir === '' ? null : input.logFile(agentDir),
  }
}

/** What it lacks, and what puts that right. */
function unheldDetail(unit: Observation | null, wanted: WantedAgent | null, isDown: () => boolean): string {
  const lack = unit === null ? 'its terminal is gone' : 'its wrapper is gone'
  // The note of an orphan says what to run.
  return wanted === null ? lack : `${lack}: run team ${isDown() ? 'down' : 'up'}`
}

/**
 * Pid of an agent that may live on without what held it: only the process table can tell. null: its unit runs, or its
 * end was recorded.
 */
export function unheldPid(unit: Observation | null, record: () => AgentRecord): number | null {
  if (unit !== null && unit.liveness !== 'exited') return null
  const { last } = record()
  return last?.kind === 'start' ? last.pid : null
}

/** Liveness comes from the supervisor; how far a live unit is, and how a dead one ended, from the wrapper's record. */
export function stateOf(unit: Observation | null, record: AgentRecord, isDown: () => boolean): AgentState {
  if (unit === null) return record.last !== null && !isDown() ? endState(record) : 'stopped'
  switch (unit.liveness) {
    case 'unknown':
      return 'unknown'
    case 'exited':
      // Drained, and not yet removed: how it ended was asked for.
      return isDown() ? 'stopped' : endState(record)
    case 'running':
      return unit.restarting === true ? 'restarting' : liveState(record)
    default:
      return unit.liveness satisfies never
  }
}

function liveState(record: AgentRecord): AgentState {
  switch (record.last?.kind) {
    case 'start':
      return 'running'
    case 'backoff':
    case 'exit':
      return 'restarting'
    case 'gave-up':
    case 'error':
      return 'failed'
    case undefined:
      return 'starting'
    default:
      return record.last satisfies never
  }
}

function endState(record: AgentRecord): AgentState {
  const { exitCode, exitSignal } = exitOf(record)
  // A record that ends in anything but an exit belongs to a wrapper that was killed.
  return record.last?.kind === 'exit' && exitCode === 0 && exitSignal === null ? 'exited' : 'failed'
}

function exitOf(record: AgentRecord): Pick<AgentStatus, 'exitCode' | 'exitSignal' | 'exitReason'> {
  if (record.last?.kind === 'exit') return seenExit(record.last)
  // `start` with a dead wrapper: how it ended was not seen, and an older exit must not stand in for it.
  if (record.last === null || record.last.kind === 'start' || record.exit?.run !== record.last.run) {
    return { exitCode: null, exitSignal: null, exitReason: null }
  }
  return seenExit(record.exit)
}

function seenExit({ code, signal, oom }: Pick<ExitRecord, 'code' | 'signal' | 'oom'>) {
  return { exitCode: code, exitSignal: signal, exitReason: oom === true ? ('oom' as const) : null }
}

function upToDate(wanted: WantedAgent | null, unit: Observation | null): boolean | null {
  if (wanted === null || unit === null || unit.liveness === 'unknown') return null
  return changedParts(unit.fingerprint, wanted.fingerprint).length === 0
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

function timeOf(iso: string | null): number | null {
  const time = iso === null ? Number.NaN : Date.parse(iso)
  return Number.isNaN(time) ? null : time
}
