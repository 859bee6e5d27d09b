import type { AgentState } from './status.ts'

/** One team of this user on this machine, for `team ls`. */
export interface TeamListing {
  readonly name: string
  /** How many agents are in each state; states without one may be left out. */
  readonly agents: Readonly<Partial<Record<AgentState, number>>>
  /** Absolute path of the compose file; null when it cannot be told. */
  readonly file: string | null
  /** Why it could not be asked; null: it could. */
  readonly error: string | null
}
