import type { AgentSpec } from '../model/agent.ts'
import type { DrainStep } from '../model/drain.ts'
import type { RuntimeKind } from '../model/runtime.ts'

/** What `team` knows about one kind of agent CLI. Data and pure functions. */
export interface Runtime {
  readonly kind: RuntimeKind
  /** Command line of a new session. */
  argv(agent: AgentSpec): readonly string[]
  /** Set for the agent unless the file says otherwise. */
  readonly env: Readonly<Record<string, string>>
  /** Exit sequence, measured on the real program; it must end it in every state it can be in. */
  readonly drainSteps: readonly DrainStep[]
}

export const key = (name: string): DrainStep => ({ kind: 'key', key: name })
export const pause = (ms: number): DrainStep => ({ kind: 'pause', ms })
export const signal = (name: 'SIGTERM'): DrainStep => ({ kind: 'signal', signal: name })

/** The program: the runtime's own, or what the file puts in its place. */
export function program(agent: AgentSpec, own: readonly string[]): readonly string[] {
  return agent.command ?? own
}

/** `--flag value`, or nothing when there is no value. */
export function option(flag: string, value: string | null): readonly string[] {
  return value === null ? [] : [flag, value]
}
