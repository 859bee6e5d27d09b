import { join } from 'node:path'
import { readIfExists } from '../../io/files.ts'
import type { Processes } from '../../io/processes.ts'
import { agentDirectories } from '../../io/records.ts'
import { runnerFiles } from '../runner-file.ts'
import { type UnitFormat, unitName } from './format.ts'
import { wrapperPid } from './place.ts'

/** A wrapper of this state directory that is alive, and the unit that it would be of. */
interface LiveWrapper {
  readonly name: string
  readonly pid: number
}

/** Those of units that are not `known`: whatever has become of file and manager, their agents run. */
export function liveWrappers(
  team: string,
  stateDir: string,
  known: ReadonlySet<string>,
  { format, processes }: { readonly format: UnitFormat; readonly processes: Processes },
): readonly LiveWrapper[] {
  return agentDirectories(stateDir).flatMap(({ project, agent, path }) => {
    const name = unitName({ team, project, agent }, format)
    if (known.has(name)) return []
    const pid = wrapperPid(readIfExists(join(path, runnerFiles.wrapper)), path, processes)
    return pid === null ? [] : [{ name, pid }]
  })
}
