import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'
import type { Observation } from '../model/unit.ts'
import { alive } from './end-processes.ts'
import { type Census, treeOf } from './process-tree.ts'

interface Looks {
  readonly processes: Processes
  readonly records: Records
}

/** One unit, and what is known of its processes. */
export interface Drained {
  readonly unit: Observation
  /** null: it had ended when the drain began. */
  readonly wrapper: ProcessInfo | null
  /** Everything that ever belonged to it, by pid and start. */
  readonly tree: Map<string, ProcessInfo>
}

export function wrapperOf({ unit }: Observation, processes: Processes): ProcessInfo | null {
  return unit.pid === null ? null : processes.find(unit.pid)
}

/** Adds what belongs to the agent now to what ever did: a child may lose its parent before it is looked for again. */
export async function remember({ unit, wrapper, tree }: Drained, taken: Promise<Census>): Promise<Census> {
  const census = await taken
  for (const found of treeOf(census, wrapper, unit.marker, process.pid)) tree.set(keyOf(found), found)
  return census
}

export function keyOf({ pid, start }: ProcessInfo): string {
  return `${pid}@${start}`
}

/** The agent's own process, while it is alive. */
export function agentOf({ unit, tree }: Drained, { processes, records }: Looks): readonly ProcessInfo[] {
  const last = records.last(unit.agentDir)
  if (last?.kind !== 'start') return []
  return alive(
    [...tree.values()].filter((process) => process.pid === last.pid),
    processes,
  )
}
