import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'

/** Name of the variable that marks every process of an agent, however far it wandered from its parent. */
export const markerVariable = 'TEAM_UNIT'

/** One look at the machine: the process table, and who carries which marker. */
export interface Census {
  readonly table: readonly ProcessInfo[]
  readonly carriers: ReadonlyMap<number, string>
}

/**
 * Everything alive that belongs to an agent: the wrapper, its terminal session, carriers of the marker, what is
 * `known` to be its own, and the descendants of all of these. Never this process itself, which may run inside an agent.
 */
export function treeOf(
  census: Census,
  wrapper: Pick<ProcessInfo, 'pid' | 'start'> | null,
  marker: string,
  self: number,
  known: Iterable<ProcessInfo> = [],
): readonly ProcessInfo[] {
  const index = indexOf(census)
  const found = new Map<number, ProcessInfo>()
  const visit = (process: ProcessInfo): void => {
    if (found.has(process.pid) || process.pid <= 1) return
    found.set(process.pid, process)
    index.children.get(process.pid)?.forEach(visit)
  }
  const leader = wrapper === null ? undefined : index.processes.get(wrapper.pid)
  // A pid that has passed to another process leads another session.
  if (wrapper !== null && (leader === undefined || leader.start === wrapper.start)) {
    if (leader !== undefined) visit(leader)
    index.sessions.get(wrapper.pid)?.forEach(visit)
  }
  index.carriers.get(marker)?.forEach(visit)
  for (const { pid, start } of known) {
    const still = index.processes.get(pid)
    if (still?.start === start) visit(still)
  }
  found.delete(self)
  return [...found.values()].filter((process) => !process.zombie)
}

/** `endedAt` in ms since the epoch. */
export interface EndedWrapper {
  readonly pid: number
  readonly endedAt: number
}

/**
 * What a wrapper that has ended has left in its session, and their descendants. One of them
 * has to be older than its end: as long as there is one, the kernel gives the pid to nobody else, and all are its own.
 */
export function leftIn(
  census: Census,
  ended: EndedWrapper,
  startedAt: Processes['startedAt'],
  self: number,
): readonly ProcessInfo[] {
  const index = indexOf(census)
  const members = index.sessions.get(ended.pid) ?? []
  const isOlder = (member: ProcessInfo) => (startedAt(member) ?? Number.POSITIVE_INFINITY) <= ended.endedAt
  if (index.processes.has(ended.pid) || !members.some(isOlder)) return []
  const found = new Set<ProcessInfo>()
  const visit = (member: ProcessInfo): void => {
    if (found.has(member)) return
    found.add(member)
    index.children.get(member.pid)?.forEach(visit)
  }
  members.forEach(visit)
  return [...found].filter(({ zombie, pid }) => !zombie && pid !== self)
}

/** Those of `targets` that were alive then. */
export function seen(targets: Iterable<ProcessInfo>, census: Census): readonly ProcessInfo[] {
  const { processes } = indexOf(census)
  return [...targets].filter(({ pid, start }) => {
    const process = processes.get(pid)
    return process?.start === start && !process.zombie
  })
}

interface CensusIndex {
  readonly processes: ReadonlyMap<number, ProcessInfo>
  readonly children: ReadonlyMap<number, readonly ProcessInfo[]>
  readonly sessions: ReadonlyMap<number, readonly ProcessInfo[]>
  readonly carriers: ReadonlyMap<string, readonly ProcessInfo[]>
}

/** Made once for a census, which all agents that are drained together share. */
const indexes = new WeakMap<Census, CensusIndex>()

function indexOf(census: Census): CensusIndex {
  const made = indexes.get(census)
  if (made !== undefined) return made
  const { table, carriers } = census
  const index = {
    processes: new Map(table.map((process) => [process.pid, process])),
    children: groupBy(table, (process) => process.ppid),
    sessions: groupBy(table, (process) => process.session),
    carriers: groupBy(
      table.filter((process) => carriers.has(process.pid)),
      (process) => carriers.get(process.pid) ?? '',
    ),
  }
  indexes.set(census, index)
  return index
}

function groupBy<Key>(
  table: readonly ProcessInfo[],
  keyOf: (process: ProcessInfo) => Key,
): ReadonlyMap<Key, readonly ProcessInfo[]> {
  const groups = new Map<Key, ProcessInfo[]>()
  for (const process of table) {
    const key = keyOf(process)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [process])
    else group.push(process)
  }
  return groups
}

export type CensusTaker = () => Promise<Census>

/** ms in which no system gives a pid away twice: it is the turn of all others before. */
const pidReuseMs = 1_000

/**
 * Looks at the machine. What an earlier look has read is not read again: markers, and for a second all of those that
 * are not `ours`, of which nobody needs the markers.
 */
export function createCensusOffice(
  {
    processes,
    clock,
  }: {
    readonly processes: Pick<Processes, 'scan' | 'carriers'>
    readonly clock: Pick<Clock, 'now'>
  },
  ours: () => Iterable<ProcessInfo>,
): CensusTaker {
  const markers = createMarkerReader(processes)
  let table: readonly ProcessInfo[] = []
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    const own = new Map([...ours()].map((found) => [found.pid, found]))
    const now = clock.now()
    // Or the clock has been set back.
    if (now - readAt > pidReuseMs || now < readAt) {
      table = []
      readAt = now
    }
    const known = new Map(table.map((found) => [found.pid, found]))
    for (const pid of own.keys()) known.delete(pid)
    table = await processes.scan(known)
    return { table, carriers: await markers(table, own) }
  }
}

/**
 * For several drains at once: requests that come before `linger` has resolved share a census, so that 50 agents that
 * end together cost one look at the machine.
 */
export function sharedCensus(take: CensusTaker, linger: () => Promise<void>): CensusTaker {
  let pending: Promise<Census> | null = null
  return () => {
    pending ??= linger().then(() => {
      pending = null
      return take()
    })
    return pending
  }
}

/**
 * Reads the marker of each process once. A process gets its environment from whatever started it: one that has none
 * now gets none later, unless the wrapper is just making it the agent, which is in the tree by its terminal.
 */
function createMarkerReader(
  processes: Pick<Processes, 'carriers'>,
): (
  table: readonly ProcessInfo[],
  own: ReadonlyMap<number, ProcessInfo>,
) => Promise<ReadonlyMap<number, string>> {
  let known = new Map<number, { readonly start: string; readonly marker: string | undefined }>()
  return async (table, own) => {
    const isNew = ({ pid, start }: ProcessInfo) =>
      known.get(pid)?.start !== start && own.get(pid)?.start !== start
    const read = await processes.carriers(markerVariable, table.filter(isNew))
    known = new Map(
      table.map((process) => {
        const marker = isNew(process) ? read.get(process.pid) : known.get(process.pid)?.marker
        return [process.pid, { start: process.start, marker }]
      }),
    )
    const carriers = new Map<number, string>()
    for (const [pid, { marker }] of known) if (marker !== undefined) carriers.set(pid, marker)
    return carriers
  }
}
