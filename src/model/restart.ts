/**
 * When the wrapper starts an agent again. `unless-stopped` is kept apart from `always` because the
 * file says it; both stay down after `team down`.
 */
export interface RestartPolicy {
  readonly policy: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  /** Restarts in a row without a stable run before giving up; null: never gives up. */
  readonly max: number | null
  readonly backoff: Backoff
}

/** Pause before the n-th restart: `initialMs * factor^(n-1)`, at most `maxMs`. */
export interface Backoff {
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
  /** A run at least this long starts the count anew. */
  readonly resetAfterMs: number
}

/** Is there any end after which it is started again? */
export function everRestarts({ policy, max }: RestartPolicy): boolean {
  return policy !== 'no' && max !== 0
}

/** ms before the first restart. */
export function firstPause({ backoff }: RestartPolicy): number {
  return Math.min(backoff.initialMs, backoff.maxMs)
}

export const defaultBackoff: Backoff = { initialMs: 1_000, factor: 2, maxMs: 60_000, resetAfterMs: 600_000 }

/** Restarts in a row that are allowed when the file names no `max`. */
export const defaultMaxRestarts = 10
