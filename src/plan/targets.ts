import { closest, distance } from 'fastest-levenshtein'
import { TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import { type Candidate, isAmbiguous, namedBy } from '../model/target.ts'

/**
 * `project`, `project:agent`, a bare agent name when unique, globs, `role=NAME`. No targets: null, which
 * means all.
 * @throws TeamError `target-unknown` for the first one that names nothing, with the nearest name
 */
export function resolveTargets(
  targets: readonly string[],
  candidates: readonly Candidate[],
): ReadonlySet<AgentId> | null {
  if (targets.length === 0) return null
  return new Set(targets.flatMap((target) => resolveTarget(target, candidates)))
}

/** Exactly one agent, for commands that act on one. @throws TeamError `target-unknown`, `usage` */
export function resolveOne(target: string, candidates: readonly Candidate[]): AgentId {
  const ids = resolveTarget(target, candidates)
  const [id] = ids
  if (id !== undefined && ids.length === 1) return id
  throw new TeamError('usage', `"${target}" names ${ids.length} agents: ${ids.join(', ')}`, {
    hint: 'name exactly one, as project:agent',
  })
}

function resolveTarget(target: string, candidates: readonly Candidate[]): readonly AgentId[] {
  const found = namedBy(target, candidates)
  const ids = found.map(({ id }) => id)
  if (isAmbiguous(target, found)) {
    throw new TeamError('target-unknown', `"${target}" is ambiguous: ${ids.join(', ')}`, {
      hint: 'name it as project:agent',
    })
  }
  if (ids.length > 0) return ids
  throw unknownTarget(target, candidates)
}

function unknownTarget(target: string, candidates: readonly Candidate[]): TeamError {
  const isRole = target.startsWith('role=')
  const names = [...new Set(candidates.flatMap((found) => namesOf(found, isRole)))]
  if (candidates.length === 0) {
    return new TeamError('target-unknown', `no agent matches "${target}": the team has none`)
  }
  const nearest = names.length === 0 ? null : closest(target, names)
  const isNear = nearest !== null && distance(target, nearest) <= Math.max(2, target.length / 3)
  const all = isRole ? names : candidates.map((found) => found.id)
  const list = all.length === 0 ? 'no agent has a role' : `${isRole ? 'roles' : 'agents'}: ${all.join(', ')}`
  const hint = isNear ? `did you mean ${nearest}?` : list
  return new TeamError('target-unknown', `no agent matches "${target}"`, { hint })
}

/** What the target may have been meant to say. */
function namesOf(found: Candidate, isRole: boolean): readonly string[] {
  if (isRole) return found.role === null ? [] : [`role=${found.role}`]
  return [found.id, found.project, found.agent]
}
