import type { Processes } from '../io/processes.ts'
import type { AgentId } from '../model/agent.ts'
import { markerVariable } from './process-tree.ts'

/** An agent that nothing holds any more, and whose end nobody has seen. */
export interface Unheld {
  readonly id: AgentId
  /** That it had. */
  readonly pid: number
  readonly marker: string
}

/** Those that are alive all the same: a pid may have passed to another process, which does not carry the marker. */
export async function livingOn(
  unheld: readonly Unheld[],
  processes: Pick<Processes, 'find' | 'carriers'>,
): Promise<ReadonlySet<AgentId>> {
  const found = unheld.flatMap(({ pid }) => processes.find(pid) ?? [])
  if (found.length === 0) return new Set()
  const markers = await processes.carriers(markerVariable, found)
  return new Set(unheld.filter(({ pid, marker }) => markers.get(pid) === marker).map(({ id }) => id))
}
