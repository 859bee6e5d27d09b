import type { Action } from '../model/plan.ts'

/** What was done, by kind of action. */
export const doneWords = {
  start: 'started',
  restart: 'restarted',
  stop: 'stopped',
  keep: 'kept',
  skip: 'skipped',
} as const satisfies Record<Action['action'], string>

/** The same while it is only planned. */
export const plannedWords = {
  start: 'to start',
  restart: 'to restart',
  stop: 'to stop',
  keep: 'to keep',
  skip: 'to skip',
} as const satisfies Record<Action['action'], string>
