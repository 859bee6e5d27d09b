import { TeamError } from '../errors.ts'

/** What the programs of this host can do. */
export interface ShellHost {
  /** `/usr/bin/env --default-signal` works (GNU coreutils 8.31 or newer). */
  readonly gnuEnv: boolean
  /** `date +%3N` prints milliseconds (GNU). */
  readonly gnuDate: boolean
}

/**
 * The text of `agent-wrapper.sh` for this host, from `templates/agent-wrapper.sh`.
 * @throws TeamError `internal` when the template has a placeholder that nothing fills in.
 */
export function renderWrapper(template: string, host: ShellHost): string {
  const values: Readonly<Record<string, string>> = {
    SPAWN: host.gnuEnv ? '/usr/bin/env --default-signal' : '',
    DATE: host.gnuDate ? '%Y-%m-%dT%H:%M:%S.%3NZ %s%3N' : '%Y-%m-%dT%H:%M:%SZ %s000',
  }
  return template.replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TeamError('internal', `agent-wrapper.sh: unknown ${placeholder}`)
    return value
  })
}
