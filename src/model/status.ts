import type { Activity } from './activity.ts'
import type { AgentId } from './agent.ts'
import type { SupervisorKind } from './compose.ts'

export const agentStates = [
  'running',
  'starting',
  'restarting',
  'exited',
  'failed',
  'stopped',
  'unknown',
] as const

export type AgentState = (typeof agentStates)[number]

/** One row of `team ps --json`. Unknown values are null, times ISO 8601 UTC. */
export interface AgentStatus {
  readonly team: string
  readonly project: string
  readonly agent: string
  readonly id: AgentId
  readonly role: string | null
  readonly runtime: string | null
  readonly model: string | null
  readonly supervisor: SupervisorKind
  readonly unit: string | null
  readonly state: AgentState
  readonly activity: Activity | null
  readonly activitySince: string | null
  /** What it waits for, or what keeps it from going on. */
  readonly activityDetail: string | null
  /** The agent's own process. */
  readonly pid: number | null
  readonly startedAt: string | null
  readonly uptimeMs: number | null
  readonly restarts: number
  readonly exitCode: number | null
  readonly exitSignal: string | null
  /** `oom`: its limit of memory was reached. */
  readonly exitReason?: 'oom' | null
  /** null: no unit to compare. */
  readonly upToDate: boolean | null
  /** Has a unit but is not in the file. */
  readonly orphan: boolean
  readonly cwd: string | null
  readonly sessionId: string | null
  readonly logFile: string | null
}
