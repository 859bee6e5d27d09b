import type { DrainRequest } from './drain.ts'
import type { Grant } from './grant.ts'
import type { Limits } from './limits.ts'
import type { RestartPolicy } from './restart.ts'
import type { RuntimeKind } from './runtime.ts'

/** `project:agent`; unique within a team. */
export type AgentId = `${string}:${string}`

export function agentId(project: string, agent: string): AgentId {
  return `${project}:${agent}`
}

export function isAgentId(text: string): text is AgentId {
  return /^[^:]+:[^:]+$/.test(text)
}

/** One agent as the compose file resolves it: interpolated, merged, absolute, nothing left to look up. */
export interface AgentSpec {
  readonly id: AgentId
  readonly project: string
  readonly agent: string
  readonly role: string | null
  /** The name that the file gives: a built-in kind or a key of `runtimes`. */
  readonly runtime: string
  readonly kind: RuntimeKind
  readonly model: string | null
  /** Absolute. Need not exist yet: checked before anything starts. */
  readonly cwd: string
  /** argv of a `command` agent (a string in the file is `['/bin/sh', '-c', string]`), or the program of another runtime; null: the runtime's own. */
  readonly command: readonly string[] | null
  readonly args: readonly string[]
  readonly prompt: Prompt | null
  /** Take up the last session again; false: every start begins a new one. */
  readonly resume: boolean
  /** Its CLI is given the team as MCP server. */
  readonly mcp: boolean
  /** What it may do there; null: look. */
  readonly allow: readonly Grant[] | null
  /** env_file < top env < project < agent, already merged. The inherited set is not in here. */
  readonly env: Readonly<Record<string, string>>
  /** Globs over the calling shell's variable names. */
  readonly passEnv: readonly string[]
  readonly restart: RestartPolicy
  readonly drain: DrainRequest
  /** Missing: none. */
  readonly limits?: Limits
}

/** The first prompt; `file` (absolute) when it was read from one. */
export interface Prompt {
  readonly text: string
  readonly file: string | null
}
