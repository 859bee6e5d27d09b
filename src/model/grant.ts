import type { AgentId } from './agent.ts'
import { type Candidate, namedBy } from './target.ts'

/** What an agent may be let do through `team mcp`. */
export const permissions = [
  'ps',
  'logs',
  'capture',
  'ls',
  'wait',
  'send',
  'task',
  'process',
  'session',
] as const

export type Permission = (typeof permissions)[number]

/** One entry of `allow`: `send`, `task:web`. */
export interface Grant {
  readonly permission: Permission
  /** Agents that it is for, in the words of a target, or `selfTarget`; null: all. */
  readonly target: string | null
}

/** In `allow`: the agent itself. */
export const selfTarget = 'self'

/** What an agent may do when the file does not say: look. */
export const readOnly: readonly Grant[] = (['ps', 'logs', 'capture', 'ls', 'wait'] as const).map(
  (permission) => ({ permission, target: null }),
)

/** null: it names no permission, or nobody after its colon. */
export function parseGrant(text: string): Grant | null {
  const colon = text.indexOf(':')
  const word = colon === -1 ? text : text.slice(0, colon)
  const target = colon === -1 ? null : text.slice(colon + 1)
  const permission = permissions.find((known) => known === word)
  return permission === undefined || target === '' ? null : { permission, target }
}

export function formatGrant({ permission, target }: Grant): string {
  return target === null ? permission : `${permission}:${target}`
}

/** Agents that `grants` open to `caller` for one of `wanted`; null: all, those outside the file too. */
export function openTo(
  caller: AgentId,
  wanted: readonly Permission[],
  grants: readonly Grant[],
  agents: readonly Candidate[],
): ReadonlySet<AgentId> | null {
  const fitting = grants.filter(({ permission }) => wanted.includes(permission))
  if (fitting.some(({ target }) => target === null)) return null
  return new Set(
    fitting.flatMap(({ target }) =>
      target === selfTarget || target === null ? [caller] : namedBy(target, agents).map(({ id }) => id),
    ),
  )
}
