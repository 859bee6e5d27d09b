import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'
import type { Observation } from '../model/unit.ts'
import { endedWrapperOf } from './drained.ts'
import { alive, endProcesses, gone, graceOfRound } from './end-processes.ts'
import { createCensusOffice, leftIn, treeOf } from './process-tree.ts'

/** ms; a wrapper whose agent has ended and whose terminal is gone takes a few. */
const wrapperGraceMs = 1_000

/** Leaders of the sessions that the processes live in, which are none of them. */
function leadersOf(members: readonly ProcessInfo[], table: readonly ProcessInfo[]): readonly ProcessInfo[] {
  const sessions = new Set(members.map((member) => member.session))
  for (const member of members) sessions.delete(member.pid)
  return table.filter((found) => sessions.has(found.pid) && !found.zombie)
}

/** Ends every process that carries one of these markers, or is left in the terminal of a unit that has ended. Resolves with the pids of those that do not end. */
export async function sweep(
  markers: ReadonlySet<string>,
  ended: readonly Observation[],
  options: { readonly clock: Clock; readonly processes: Processes; readonly records: Records },
): Promise<readonly number[]> {
  const { processes } = options
  const mine: ProcessInfo[] = []
  const take = createCensusOffice(options, () => mine)
  const wrappers = ended.flatMap((unit) => endedWrapperOf(unit, options.records) ?? [])
  for (let round = 0; round < 5; round += 1) {
    const census = await take()
    const left = [
      ...[...markers].flatMap((marker) => treeOf(census, null, marker, process.pid)),
      ...wrappers.flatMap((wrapper) => leftIn(census, wrapper, processes.startedAt, process.pid)),
    ]
    if (left.length === 0) return []
    mine.push(...left)
    const survivors = await endProcesses(left, null, graceOfRound(round), options)
    // Their wrappers have yet to write down how they ended, where the next run is about to write as well.
    await gone(leadersOf(left, census.table), wrapperGraceMs, options)
    if (round === 4) return alive(survivors, processes).map((found) => found.pid)
  }
  return []
}
