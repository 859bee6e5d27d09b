import { TeamError } from '../../errors.ts'
import { type AgentId, isAgentId } from '../../model/agent.ts'
import { formatGrant, type Grant, openTo, type Permission, readOnly } from '../../model/grant.ts'
import type { Candidate } from '../../model/target.ts'
import { candidates } from '../candidates.ts'
import type { Context } from '../context.ts'
import { resolveCompose } from '../team.ts'

/** Who calls, and what the file lets it do. */
export interface Access {
  /** null: a person. */
  readonly caller: AgentId | null
  readonly agents: readonly Candidate[]
  /** Agents that it may do one of these to; null: all. Empty: it may not at all. */
  open(wanted: readonly Permission[]): ReadonlySet<AgentId> | null
  /** @throws TeamError `not-allowed` unless it may do one of these to all of `ids` (null: agents that nobody owns or names) */
  require(wanted: readonly Permission[], what: string, ids: readonly (AgentId | null)[]): void
}

/** What the file says now: it is read for every call. @throws TeamError as `resolveCompose` */
export async function accessOf(context: Context): Promise<Access> {
  const { compose } = await resolveCompose(context)
  const agents = candidates(compose.agents, [])
  const named = context.env.TEAM_AGENT ?? ''
  if (named === '') return { caller: null, agents, open: () => null, require: () => undefined }
  const spec = compose.agents.find(({ id }) => id === named)
  const caller = isAgentId(named) ? named : null
  if (spec === undefined || caller === null) return stranger(named, compose.file, agents)
  const grants = spec.allow ?? readOnly
  const open = (wanted: readonly Permission[]) => openTo(caller, wanted, grants, agents)
  return {
    caller,
    agents,
    open,
    require(wanted, what, ids) {
      const allowed = open(wanted)
      const denied = allowed === null ? undefined : ids.find((id) => id === null || !allowed.has(id))
      if (denied === undefined && (allowed === null || allowed.size > 0)) return
      throw refusal({ caller, wanted, what, target: denied ?? null, grants, file: compose.file })
    },
  }
}

/** An agent that the file does not have may do nothing. */
function stranger(name: string, file: string, agents: readonly Candidate[]): Access {
  return {
    caller: null,
    agents,
    open: () => new Set(),
    require() {
      throw new TeamError(
        'not-allowed',
        `TEAM_AGENT is ${JSON.stringify(name)}, which ${file} does not have`,
        {
          hint: 'what agents may do is said there, in `allow` of each',
        },
      )
    },
  }
}

interface Refusal {
  readonly caller: AgentId
  readonly wanted: readonly Permission[]
  readonly what: string
  readonly target: AgentId | null
  readonly grants: readonly Grant[]
  readonly file: string
}

function refusal({ caller, wanted, what, target, grants, file }: Refusal): TeamError {
  const [project = '', agent = ''] = caller.split(':')
  const allowed = grants.length === 0 ? 'nothing' : grants.map(formatGrant).join(', ')
  const missing = wanted.map((permission) => (target === null ? permission : `${permission}:${target}`))
  return new TeamError(
    'not-allowed',
    `${caller} may not use ${what}${target === null ? '' : ` on ${target}`}: it lacks the permission ${missing.join(' or ')}; it is allowed ${allowed}`,
    { hint: `a person can add it in ${file}, to projects.${project}.agents.${agent}.allow` },
  )
}
