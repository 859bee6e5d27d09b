import { type ErrorDetail, TeamError } from '../../errors.ts'
import { readIfExists } from '../../io/files.ts'
import type { AgentId } from '../../model/agent.ts'
import { changedParts } from '../../model/fingerprint.ts'
import type { Launch } from '../../model/launch.ts'
import type { Kept } from '../../model/supervisor.ts'
import { lostText } from '../units/copy.ts'
import { unitName } from '../units/format.ts'
import type { UnitHost } from '../units/write.ts'
import { jobFormat } from './job-file.ts'
import type { StrayPorts } from './strays.ts'

type Files = Pick<StrayPorts, 'units' | 'login'>

export function startsAtLogin({ supervisor }: Launch): boolean {
  return supervisor.type === 'launchd' && supervisor.launchd.boot
}

/** Writes the files of jobs that launchd holds without theirs; it has them in mind until the next login. */
export async function mendJobs(
  kept: readonly Kept[],
  { units, login, host }: Files & { readonly host: UnitHost },
): Promise<ReadonlyMap<AgentId, ErrorDetail>> {
  const failed = new Map<AgentId, ErrorDetail>()
  for (const { unit, launch } of kept) {
    const { name } = unit.unit
    if (unit.fileLoss === 'gone') {
      const text = await lostText({ unit, launch }, jobFormat, host)
      if (text === null) failed.set(unit.id, beyondRepair(unit.id, units.pathOf(name)))
      else units.write(name, text)
    }
    // Of others the file says what will be, not what is.
    if (changedParts(unit.fingerprint, launch.fingerprint).length > 0) continue
    const text = units.fileOf(name) === 'ours' ? readIfExists(units.pathOf(name)) : null
    if (!startsAtLogin(launch)) login.remove(name)
    else if (text !== null && login.fileOf(name) !== 'foreign') login.write(name, text)
  }
  return failed
}

function beyondRepair(id: AgentId, path: string): ErrorDetail {
  return new TeamError('agent-start', `${id} runs, and ${path}, which it was started from, is lost`, {
    hint: `have it written anew with: team restart ${id}`,
  }).toDetail()
}

/** What lies where the job's files would, and must not be written over. */
export function fileProblem(launch: Launch, { units, login }: Files): ErrorDetail | null {
  const name = unitName(launch, jobFormat)
  const taken = [units, ...(startsAtLogin(launch) ? [login] : [])].find((store) =>
    ['foreign', 'masked'].includes(store.fileOf(name)),
  )
  if (taken === undefined) return null
  const message = `${launch.id}: ${taken.pathOf(name)} is none of team's files`
  return new TeamError('agent-start', message, {
    hint: 'move it away, or rename the agent or the team',
  }).toDetail()
}
