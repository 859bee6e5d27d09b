import type { AgentId } from './agent.ts'

/** Something that happened to one agent while a command works; drives the progress display. */
export interface ProgressEvent {
  readonly id: AgentId
  readonly phase: ProgressPhase
  /** Free text: a reason, `exit 0`, `2 processes left`; null when the phase says it all. */
  readonly detail: string | null
}

/** Phases that end in `-ing` go on; the others end the agent's line. */
export type ProgressPhase =
  | 'starting'
  | 'started'
  | 'draining'
  | 'killing'
  | 'drained'
  | 'killed'
  | 'absent'
  | 'kept'
  | 'skipped'
  | 'failed'
  | 'waiting'
  | 'sending'
  | 'done'
