import type { AgentSpec } from '../model/agent.ts'
import { formatGrant, type Grant, selfTarget } from '../model/grant.ts'
import { isAmbiguous, namedBy } from '../model/target.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { addMergedProblem, type Loading } from './loading.ts'
import type { KeyPath, Problem } from './problem.ts'
import { suggestion } from './suggest.ts'

/** Reports each entry of `allow` that is for nobody: a name misspelt there would only be found when it is missed. */
export function checkGrants(
  file: TeamFile<ProjectFile>,
  agents: readonly AgentSpec[],
  loading: Loading,
): void {
  if (!isComplete(file, agents, loading)) return
  // The role of some agent may be what has a problem.
  const team = { agents, loading, rolesAreKnown: loading.problems.length === 0 }
  check(file.defaults?.allow, ['defaults', 'allow'], team)
  for (const [name, project] of Object.entries(file.projects ?? {})) {
    const path = ['projects', name]
    check(project.defaults?.allow, [...path, 'defaults', 'allow'], team)
    for (const [agent, spec] of Object.entries(project.agents ?? {}))
      check(spec?.allow, [...path, 'agents', agent, 'allow'], team)
  }
}

interface Checked {
  readonly agents: readonly AgentSpec[]
  readonly loading: Loading
  readonly rolesAreKnown: boolean
}

/** With an agent that could not be read or resolved, what names it would be blamed too. */
function isComplete(
  { projects }: TeamFile<ProjectFile>,
  agents: readonly AgentSpec[],
  { problems }: Loading,
): boolean {
  const declared = Object.values(projects ?? {}).flatMap((project) => Object.keys(project.agents ?? {}))
  const hidesAgents = ({ path }: Problem) =>
    path.length === 0 || (path[0] === 'projects' && path.length <= agentDepth)
  return agents.length === declared.length && !problems.some(hidesAgents)
}

/** Keys above an agent, and its own: projects.web.agents.lead. */
const agentDepth = 4

function check(
  grants: readonly Grant[] | undefined,
  path: KeyPath,
  { agents, loading, rolesAreKnown }: Checked,
): void {
  for (const [index, grant] of (grants ?? []).entries()) {
    const { target } = grant
    if (target === null || target === selfTarget) continue
    if (target.startsWith('role=') && !rolesAreKnown) continue
    const found = namedBy(target, agents)
    const message =
      found.length === 0
        ? `"${formatGrant(grant)}": no agent matches "${target}"${suggestion(target, names(agents))}`
        : isAmbiguous(target, found)
          ? `"${formatGrant(grant)}" is ambiguous: ${found.map(({ id }) => id).join(', ')}`
          : null
    if (message !== null) addMergedProblem(loading, [...path, index], 'value', message)
  }
}

function names(agents: readonly AgentSpec[]): readonly string[] {
  return [...new Set(agents.flatMap(({ id, project, agent }) => [project, id, agent]))]
}
