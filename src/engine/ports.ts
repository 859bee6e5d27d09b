import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { EventName } from '../model/event.ts'
import type { Launch } from '../model/launch.ts'
import type { Remains } from '../model/plan.ts'
import type { ProgressEvent } from '../model/progress.ts'
import type { AgentRecord } from '../model/record.ts'
import type { Supervisor } from '../model/supervisor.ts'
import type { Observation } from '../model/unit.ts'

/** Everything that applying a plan does to the world. */
export interface EnginePorts {
  readonly supervisor: Supervisor
  readonly now: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Agents other than those, known to the file or not, that are undrained. */
  readonly remains: (others: ReadonlySet<AgentId>) => readonly Remains[]
  readonly record: (agentDir: string) => AgentRecord
  /** Has a run that no drain has ended in order, as far as its files tell? Its processes may be left. */
  readonly isUndrained: (agentDir: string) => boolean
  readonly clearRecord: (agentDir: string) => void
  readonly desired: (agentDir: string) => 'up' | 'down' | null
  readonly setDesired: (agentDirs: readonly string[], desired: 'up' | 'down') => void
  /** Writes down which sessions the agents hold, before they are ended. */
  readonly learn: (units: readonly Observation[]) => void
  /** Writes what the launches are rendered into. @throws TeamError `state-unwritable` */
  readonly write: (launches: readonly Launch[]) => Promise<void>
  /** Why a launch cannot work, as far as can be told before it is tried; null: nothing is known against it. */
  readonly problem: (launch: Launch) => ErrorDetail | null
  readonly fileExists: (path: string) => boolean
  readonly progress: (event: ProgressEvent) => void
  readonly event: (event: EventName, id: AgentId | null, details: Readonly<Record<string, unknown>>) => void
  /** First Ctrl-C: stop waiting. */
  readonly interrupted: AbortSignal
  /** Second Ctrl-C: kill. */
  readonly forced: AbortSignal
}
