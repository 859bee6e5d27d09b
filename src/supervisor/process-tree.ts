import type { Processes, ProcessInfo } from '../io/processes.ts'

/** Name of the variable that marks every process of an agent, however far it wandered from its parent. */
const markerVariable = 'TEAM_UNIT'

/** One look at the machine: the process table, and who carries which marker. */
export interface Census {
  readonly table: readonly ProcessInfo[]
  readonly carriers: ReadonlyMap<number, string>
}

/**
 * Everything alive that belongs to an agent: the wrapper, its terminal session, carriers of the marker,
 * and the descendants of all of these. Never this process itself, which may run inside an agent.
 */
export function treeOf(
  census: Census,
  wrapper: Pick<ProcessInfo, 'pid' | 'start'> | null,
  marker: string,
  self: number,
): readonly ProcessInfo[] {
  const session = sessionOf(wrapper, census.table)
  const children = childrenOf(census.table)
  const roots: ProcessInfo[] = []
  for (const process of census.table) {
    const inTerminal = session !== null && (process.pid === session || process.session === session)
    if (inTerminal || census.carriers.get(process.pid) === marker) roots.push(process)
  }
  const found = new Map<number, ProcessInfo>()
  const visit = (process: ProcessInfo): void => {
    if (found.has(process.pid) || process.pid <= 1) return
    found.set(process.pid, process)
    for (const child of children.get(process.pid) ?? []) visit(child)
  }
  roots.forEach(visit)
  found.delete(self)
  return [...found.values()].filter((process) => !process.zombie)
}

type Children = ReadonlyMap<number, readonly ProcessInfo[]>

/** Made once for a table, which all agents that are drained together share. */
const known = new WeakMap<readonly ProcessInfo[], Children>()

function childrenOf(table: readonly ProcessInfo[]): Children {
  const made = known.get(table)
  if (made !== undefined) return made
  const children = new Map<number, ProcessInfo[]>()
  for (const process of table) {
    const siblings = children.get(process.ppid)
    if (siblings === undefined) children.set(process.ppid, [process])
    else siblings.push(process)
  }
  known.set(table, children)
  return children
}

/** The session that the wrapper leads; null once its pid has passed to another process. */
function sessionOf(
  wrapper: Pick<ProcessInfo, 'pid' | 'start'> | null,
  table: readonly ProcessInfo[],
): number | null {
  if (wrapper === null) return null
  const leader = table.find((process) => process.pid === wrapper.pid)
  return leader === undefined || leader.start === wrapper.start ? wrapper.pid : null
}

/**
 * Takes a census for several drains at once: requests that come while one is pending share it, so that 50
 * agents that end together cost one look at the machine.
 */
export function createCensusTaker(
  processes: Processes,
  lingerMs: number,
): (marker: string) => Promise<Census> {
  let pending: { markers: Set<string>; census: Promise<Census> } | null = null
  return (marker) => {
    if (pending !== null) {
      pending.markers.add(marker)
      return pending.census
    }
    const markers = new Set([marker])
    const census = new Promise<Census>((resolve, reject) => {
      setTimeout(() => {
        pending = null
        Promise.all([processes.scan(), processes.carriers(markerVariable, markers)]).then(
          ([table, carriers]) => resolve({ table, carriers }),
          reject,
        )
      }, lingerMs)
    })
    pending = { markers, census }
    return census
  }
}
