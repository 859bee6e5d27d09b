import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'
import type { Observation } from '../model/unit.ts'
import { alive } from './end-processes.ts'
import { type Census, type EndedWrapper, leftIn, treeOf } from './process-tree.ts'

interface Looks {
  readonly processes: Processes
  readonly records: Records
}

/** One unit, and what is known of its processes. */
export interface Drained {
  readonly unit: Observation
  /** null: it had ended when the drain began. */
  readonly wrapper: ProcessInfo | null
  /** Its wrapper, where that had ended and the supervisor still knows it. */
  readonly ended: EndedWrapper | null
  /** Everything that ever belonged to it, by pid and start. */
  readonly tree: Map<string, ProcessInfo>
}

/** All that is known of `unit` before anybody looks at the machine. */
export function toDrain(unit: Observation, looks: Looks): Drained {
  return {
    unit,
    wrapper: wrapperOf(unit, looks.processes),
    ended: endedWrapperOf(unit, looks.records),
    tree: new Map(),
  }
}

/** null: it has not ended, or nobody knows any more. */
export function endedWrapperOf(
  { unit, agentDir }: Observation,
  records: Pick<Records, 'read'>,
): EndedWrapper | null {
  if (unit.endedPid === undefined) return null
  const endedAt = records.read(agentDir).at
  return endedAt === null ? null : { pid: unit.endedPid, endedAt }
}

function wrapperOf({ unit }: Observation, processes: Processes): ProcessInfo | null {
  return unit.pid === null ? null : processes.find(unit.pid)
}

/** Adds what belongs to the agent now to what ever did: a child may lose its parent before it is looked for again. */
export async function remember(
  { unit, wrapper, ended, tree }: Drained,
  taken: Promise<Census>,
  { startedAt }: Pick<Processes, 'startedAt'>,
): Promise<Census> {
  const census = await taken
  const left = ended === null ? [] : leftIn(census, ended, startedAt, process.pid)
  for (const found of [...treeOf(census, wrapper, unit.marker, process.pid, tree.values()), ...left])
    tree.set(keyOf(found), found)
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
