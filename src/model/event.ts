import type { AgentId } from './agent.ts'

/**
 * One line of `events.jsonl`. The wrapper writes started, exited, restarting, gave_up and error; the
 * command line writes the others. `time` is ISO 8601 UTC with milliseconds.
 */
export interface TeamEvent {
  readonly time: string
  readonly event: EventName
  /** null for what concerns the whole team. */
  readonly id: AgentId | null
  readonly [detail: string]: unknown
}

export const eventNames = [
  'started',
  'exited',
  'restarting',
  'gave_up',
  'error',
  'drained',
  'killed',
  'removed',
  'up',
  'down',
  'reloaded',
  'restarted',
  'activity',
  'task_queued',
  'task_started',
  'task_ended',
  'task_on_end',
  'process_started',
  'process_ended',
  'message_queued',
  'message_delivered',
  'message_unsure',
] as const

export type EventName = (typeof eventNames)[number]
