import type { AgentId } from '../model/agent.ts'
import type { PromptManners } from '../model/delivery.ts'
import { runtimeOf } from '../runtimes/registry.ts'
import { knownSessions } from './activity.ts'
import type { Team } from './team.ts'

/** How an agent takes prompts; null: it does not say what it does. */
export function mannersOf(team: Team, id: AgentId): PromptManners | null {
  const kind =
    knownSessions(team).get(id)?.runtime ?? team.wanted.find(({ spec }) => spec.id === id)?.spec.kind
  return kind === undefined ? null : (runtimeOf(kind).activity?.manners ?? null)
}
