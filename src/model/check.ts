/** One thing that `team doctor` looked at. */
export interface Check {
  /** What was checked: `tmux`, `state directory`. */
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found. */
  readonly detail: string
  /** The next thing to try; null when there is nothing to do. */
  readonly hint: string | null
}
