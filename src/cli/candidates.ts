import type { AgentSpec } from '../model/agent.ts'
import type { Candidate } from '../model/target.ts'
import type { Observation } from '../model/unit.ts'

/** What targets may name: the file's agents, and orphans that are still up. */
export function candidates(
  agents: readonly AgentSpec[],
  observed: readonly Pick<Observation, 'id' | 'role'>[],
): readonly Candidate[] {
  const known = new Set(agents.map((agent) => agent.id))
  const orphans = observed.filter((unit) => !known.has(unit.id))
  return [
    ...agents.map(({ id, project, agent, role }) => ({ id, project, agent, role })),
    ...orphans.map(({ id, role }) => {
      const [project = '', agent = ''] = id.split(':')
      return { id, project, agent, role }
    }),
  ]
}
