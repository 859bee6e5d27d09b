import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from './agent.ts'
import type { DrainOutcome } from './drain.ts'
import type { Launch } from './launch.ts'
import type { Observation } from './unit.ts'

/** Where to look for what an agent without a unit has left. */
export interface Remains {
  readonly id: AgentId
  readonly agentDir: string
  readonly marker: string
}

/** One thing to do for one agent. `why` is shown to people and compared by nobody. */
export type Action =
  | {
      readonly action: 'start'
      readonly id: AgentId
      readonly why: string
      readonly launch: Launch
      readonly remains: Observation | null
    }
  | { readonly action: 'stop'; readonly id: AgentId; readonly why: string; readonly unit: Observation }
  /** Its unit is gone, and it did not end in order: processes may be left. */
  | {
      readonly action: 'stop'
      readonly id: AgentId
      readonly why: string
      readonly unit: null
      readonly remains: Remains
    }
  | {
      readonly action: 'restart'
      readonly id: AgentId
      readonly why: string
      readonly unit: Observation
      readonly launch: Launch
    }
  | {
      readonly action: 'keep'
      readonly id: AgentId
      readonly why: string
      readonly unit: Observation
      readonly changed: boolean
    }
  | {
      readonly action: 'skip'
      readonly id: AgentId
      readonly why: string
      readonly error: ErrorDetail | null
    }

/** Actions in waves: a wave begins when the one before has ended. */
export interface Plan {
  readonly team: string
  readonly waves: readonly (readonly Action[])[]
}

/** What came of one action. */
export interface Outcome {
  readonly id: AgentId
  readonly action: Action['action']
  readonly why: string
  readonly ok: boolean
  readonly drain: Omit<DrainOutcome, 'id' | 'exitSignal'> | null
  readonly error: ErrorDetail | null
}
