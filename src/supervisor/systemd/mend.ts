import { type ErrorDetail, TeamError } from '../../errors.ts'
import type { AgentId } from '../../model/agent.ts'
import { changedParts } from '../../model/fingerprint.ts'
import type { Launch } from '../../model/launch.ts'
import type { Kept, StartRequest } from '../../model/supervisor.ts'
import { lostText } from '../units/copy.ts'
import { unitName } from '../units/format.ts'
import { type InstallOptions, setBoot } from './install.ts'
import { isEnding, namedStrays } from './strays.ts'
import { expectDone } from './systemctl.ts'
import { serviceFormat } from './unit-file.ts'

/** Writes the files of units that run without theirs, and has the manager read them: it goes on with what runs. */
export async function mendUnits(
  kept: readonly Kept[],
  options: InstallOptions,
): Promise<ReadonlyMap<AgentId, ErrorDetail>> {
  const failed = new Map<AgentId, ErrorDetail>()
  const { units, host, systemctl } = options
  let written = false
  for (const { unit, launch } of kept.filter(({ unit: { fileLoss } }) => fileLoss === 'gone')) {
    const text = await lostText({ unit, launch }, serviceFormat, host)
    if (text === null) failed.set(unit.id, beyondRepair(unit.id, units.pathOf(unit.unit.name)))
    else written = units.write(unit.unit.name, text) || written
  }
  if (written) expectDone(await systemctl.call(['daemon-reload']), 'reading the units')
  // Of others the file says what will be, not what is.
  const unchanged = kept.filter(
    ({ unit, launch }) =>
      unit.unit.supervisor === 'systemd' &&
      units.fileOf(unit.unit.name) === 'ours' &&
      changedParts(unit.fingerprint, launch.fingerprint).length === 0,
  )
  await setBoot(
    unchanged.map(({ launch }) => launch),
    options,
  )
  return failed
}

function beyondRepair(id: AgentId, path: string): ErrorDetail {
  return new TeamError('agent-start', `${id} runs, and ${path}, which it was started from, is lost`, {
    hint: `have it written anew with: team restart ${id}`,
  }).toDetail()
}

/** What lies where the unit's file would, and must not be written over. */
export function fileProblem(
  launch: Pick<Launch, 'id' | 'team' | 'project' | 'agent'>,
  { units }: Pick<InstallOptions, 'units'>,
): ErrorDetail | null {
  const name = unitName(launch, serviceFormat)
  const found = units.fileOf(name)
  switch (found) {
    case 'none':
    case 'ours':
    case 'damaged':
      return null
    case 'masked':
      return new TeamError('agent-start', `${launch.id}: its unit ${name} is masked`, {
        hint: `allow it again with: systemctl --user unmask ${name}`,
      }).toDetail()
    case 'foreign':
      return new TeamError('agent-start', `${launch.id}: ${units.pathOf(name)} is none of team's files`, {
        hint: 'move it away, or rename the agent or the team',
      }).toDetail()
    default:
      return found satisfies never
  }
}

/** Those that would take the place of something that is up and none of ours. */
export async function startProblems(
  requests: readonly StartRequest[],
  options: InstallOptions,
): Promise<ReadonlyMap<AgentId, string>> {
  const { units, liveUnits } = options
  const live = liveUnits(new Set())
  const named = requests.map(({ launch, replaces }) => ({
    launch,
    name: unitName(launch, serviceFormat),
    isOwn: replaces !== null,
  }))
  const inDoubt = named.filter(
    ({ name, isOwn }) => !isOwn && live?.includes(name) !== false && units.fileOf(name) !== 'ours',
  )
  const strays = await namedStrays(
    inDoubt.map(({ name }) => name),
    options,
  )
  const foreign = new Set(
    strays.filter((stray) => stray.parsed === null && !isEnding(stray)).map(({ name }) => name),
  )
  return new Map(
    named.flatMap(({ launch, name }) => {
      const file = fileProblem(launch, options)
      if (file !== null) return [[launch.id, file.message]]
      const message = `a unit ${name} that is none of team's is up; end it with: systemctl --user stop ${name}`
      return foreign.has(name) ? [[launch.id, message]] : []
    }),
  )
}
