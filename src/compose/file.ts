import type { DrainMode, DrainStep } from '../model/drain.ts'
import type { Grant } from '../model/grant.ts'
import type { RestartPolicy } from '../model/restart.ts'

/**
 * One compose file after the schema has accepted it: every value in its one form (durations in ms, a command as
 * argv, env as a mapping), paths absolute. What the file leaves out or leaves empty is undefined or null.
 */

type Absent = null | undefined

type Named<T> = Readonly<Record<string, T>>

/** Null: taken from the calling environment. */
export type EnvMap = Named<string | null>

export interface EnvFile {
  readonly path: string
  readonly required: boolean
}

export interface DrainFile {
  /** ms */
  readonly timeout?: number | undefined
  readonly steps?: readonly DrainStep[] | undefined
  readonly mode?: DrainMode | undefined
}

interface BackoffFile {
  /** ms */
  readonly initial?: number | undefined
  readonly factor?: number | undefined
  /** ms */
  readonly max?: number | undefined
  /** ms */
  readonly reset_after?: number | undefined
}

export interface RestartFile {
  readonly policy?: RestartPolicy['policy'] | undefined
  readonly max?: number | null | undefined
  readonly backoff?: BackoffFile | undefined
}

/** An agent, or defaults, which have no `command` and no prompt. */
export interface AgentFile {
  readonly runtime?: string | undefined
  readonly model?: string | undefined
  readonly role?: string | undefined
  readonly restart?: RestartFile | undefined
  readonly drain?: DrainFile | undefined
  readonly env?: EnvMap | Absent
  readonly env_file?: readonly EnvFile[] | Absent
  readonly pass_env?: readonly string[] | Absent
  readonly args?: readonly string[] | Absent
  readonly cwd?: string | undefined
  readonly command?: readonly string[] | undefined
  readonly prompt?: string | undefined
  readonly prompt_file?: string | undefined
  readonly resume?: boolean | undefined
  readonly limits?: LimitsFile | Absent
  readonly mcp?: boolean | undefined
  readonly allow?: readonly Grant[] | undefined
}

export interface LimitsFile {
  /** Bytes. */
  readonly memory?: number | undefined
  readonly cpu?: number | undefined
  readonly tasks?: number | undefined
}

export interface RuntimeFile {
  readonly extends?: string | undefined
  readonly model?: string | undefined
  readonly command?: readonly string[] | undefined
  readonly args?: readonly string[] | Absent
  readonly env?: EnvMap | Absent
  readonly drain?: DrainFile | undefined
  readonly resume?: boolean | undefined
}

export interface ProjectFile {
  readonly cwd?: string | undefined
  readonly env?: EnvMap | Absent
  readonly env_file?: readonly EnvFile[] | Absent
  readonly pass_env?: readonly string[] | Absent
  readonly drain?: DrainFile | undefined
  readonly defaults?: AgentFile | Absent
  readonly agents?: Named<AgentFile | null> | Absent
}

interface TmuxFile {
  readonly config?: string | undefined
  readonly history_limit?: number | undefined
}

/** `systemd` and `launchd`. */
interface InitFile {
  readonly boot?: boolean | undefined
}

export interface SupervisorFile {
  readonly type?: 'tmux' | 'systemd' | 'launchd' | undefined
  readonly tmux?: TmuxFile | undefined
  readonly systemd?: InitFile | undefined
  readonly launchd?: InitFile | undefined
}

export interface TasksFile {
  readonly max_parallel?: number | undefined
  readonly on_end?: readonly string[] | undefined
  /** ms */
  readonly on_end_timeout?: number | undefined
}

/** `P`: what a project may be; a path to a file of its own until those have been read. */
export interface TeamFile<P = ProjectFile | string | null> {
  readonly name?: string | undefined
  readonly supervisor?: SupervisorFile | undefined
  readonly tasks?: TasksFile | Absent
  readonly drain?: DrainFile | undefined
  readonly env_file?: readonly EnvFile[] | Absent
  readonly env?: EnvMap | Absent
  readonly pass_env?: readonly string[] | Absent
  readonly defaults?: AgentFile | Absent
  readonly runtimes?: Named<RuntimeFile> | Absent
  readonly projects?: Named<P> | Absent
}
