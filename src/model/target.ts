import type { AgentId } from './agent.ts'
import { globPattern } from './glob.ts'

/** What a target may name: every agent of the file, and every orphan that is still up. */
export interface Candidate {
  readonly id: AgentId
  readonly project: string
  readonly agent: string
  readonly role: string | null
}

/** Those that `project`, `project:agent`, a bare agent name, a glob or `role=NAME` names; several by a bare name are for the caller to refuse. */
export function namedBy<C extends Candidate>(target: string, candidates: readonly C[]): readonly C[] {
  if (target.startsWith('role=')) {
    const role = target.slice('role='.length)
    return candidates.filter((candidate) => candidate.role === role)
  }
  if (isGlob(target)) {
    const pattern = globPattern(target)
    return candidates.filter((candidate) =>
      pattern.test(target.includes(':') ? candidate.id : candidate.agent),
    )
  }
  const exact = candidates.filter((candidate) => candidate.id === target || candidate.project === target)
  if (exact.length > 0 || target.includes(':')) return exact
  return candidates.filter((candidate) => candidate.agent === target)
}

/** Names only one agent, unless it names a whole project. */
export function isAmbiguous(target: string, found: readonly Candidate[]): boolean {
  if (found.length < 2 || target.startsWith('role=') || isGlob(target)) return false
  return found.some(({ id, project }) => id !== target && project !== target)
}

const isGlob = (target: string): boolean => /[*?]/.test(target)
