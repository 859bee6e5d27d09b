import type { AgentSpec } from '../model/agent.ts'
import { formatGrant, type Grant, selfTarget } from '../model/grant.ts'
import { isAmbiguous, namedBy } from '../model/target.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { addMergedProblem, type Loading } from './loading.ts'
import type { KeyPath } from './problem.ts'
import { suggestion } from './suggest.ts'

/** Reports each entry of `allow` that is for nobody: a name misspelt there would only be found when it is missed. */
export function checkGrants(
  file: TeamFile<ProjectFile>,
  agents: readonly AgentSpec[],
  loading: Loading,
): void {
  check(file.defaults?.allow, ['defaults', 'allow'], agents, loading)
  for (const [name, project] of Object.entries(file.projects ?? {})) {
    const path = ['projects', name]
    check(project.defaults?.allow, [...path, 'defaults', 'allow'], agents, loading)
    for (const [agent, spec] of Object.entries(project.agents ?? {}))
      check(spec?.allow, [...path, 'agents', agent, 'allow'], agents, loading)
  }
}

function check(
  grants: readonly Grant[] | undefined,
  path: KeyPath,
  agents: readonly AgentSpec[],
  loading: Loading,
): void {
  for (const [index, grant] of (grants ?? []).entries()) {
    const { target } = grant
    if (target === null || target === selfTarget) continue
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
