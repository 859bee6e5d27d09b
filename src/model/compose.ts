import type { AgentSpec } from './agent.ts'

export type SupervisorKind = 'tmux' | 'systemd' | 'launchd'

/** Per-kind settings; a value that this version cannot obey never gets this far. */
export type SupervisorConfig =
  | { readonly type: 'tmux'; readonly tmux: TmuxConfig }
  /** Every agent's terminal is a tmux server of its own: `tmux` is what all of them are started with. */
  | {
      readonly type: 'systemd'
      readonly tmux: TmuxConfig
      /** Start the agents with the user's manager, at boot or login. */
      readonly systemd: { readonly boot: boolean }
    }
  | {
      readonly type: 'launchd'
      readonly tmux: TmuxConfig
      /** Start the agents at the user's login. */
      readonly launchd: { readonly boot: boolean }
    }

interface TmuxConfig {
  /** Absolute path of a tmux configuration to source on top of team's own; null: none. */
  readonly config: string | null
  readonly historyLimit: number
}

export interface TaskSettings {
  /** null: no limit but one for each agent. */
  readonly maxParallel: number | null
  /** argv of what is run once a task has ended; null: nothing. */
  readonly onEnd: readonly string[] | null
  /** ms */
  readonly onEndTimeoutMs: number
}

/** A whole team, resolved. */
export interface Compose {
  readonly name: string
  /** Absolute path of the first file; `<dir>/-` when it came from stdin. Identifies the team on this host. */
  readonly file: string
  /** Every compose file that took part, absolute, in merge order. */
  readonly files: readonly string[]
  /** Directory that relative paths start from and where `.team` lies. Absolute. */
  readonly dir: string
  readonly supervisor: SupervisorConfig
  readonly tasks: TaskSettings
  readonly agents: readonly AgentSpec[]
  readonly warnings: readonly string[]
  /** Values of variables that the file refers to and that may be secrets: not to be shown. */
  readonly interpolated: readonly string[]
}
