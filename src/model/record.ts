/**
 * What the wrapper wrote about the runs of one agent (`run.log`, `exit.json`): the only source of exit
 * codes and signals.
 */
export interface AgentRecord {
  /** What the last complete line of `run.log` says; null: the wrapper has not reported yet. */
  readonly last: RunEvent | null
  /** ms since the epoch of that line; null without one. */
  readonly at: number | null
  /** Restarts since the last `team up`. */
  readonly restarts: number
  readonly exit: ExitRecord | null
}

export type RunEvent =
  | { readonly kind: 'start'; readonly run: number; readonly pid: number }
  | {
      readonly kind: 'exit'
      readonly run: number
      readonly code: number | null
      readonly signal: string | null
      /** The kernel killed it: its limit of memory was reached. */
      readonly oom?: true
    }
  | { readonly kind: 'backoff'; readonly run: number; readonly delayMs: number }
  /** Will not be restarted although the policy would: too many crashes in a row. */
  | { readonly kind: 'gave-up'; readonly run: number }
  /** Could not be started at all. */
  | { readonly kind: 'error'; readonly run: number; readonly reason: 'cwd' | 'command' | 'env' }

/** `exit.json`. Exactly one of code and signal is set, unless the exit could not be seen. */
export interface ExitRecord {
  readonly code: number | null
  readonly signal: string | null
  readonly startedAt: string | null
  readonly exitedAt: string | null
  readonly pid: number | null
  readonly run: number
  readonly oom?: true
}
