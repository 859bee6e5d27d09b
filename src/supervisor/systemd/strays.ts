import type { Processes } from '../../io/processes.ts'
import type { FileLoss } from '../../model/unit.ts'
import { type ParsedUnit, unitPrefix } from '../units/format.ts'
import { heldIn, heldVariable, parseHeld, unreadableUnit } from '../units/held.ts'
import type { UnitStore } from '../units/store.ts'
import { livenessOf, parseShow, type UnitState } from './observe.ts'
import { expectDone, type Systemctl } from './systemctl.ts'
import { serviceFormat } from './unit-file.ts'

export interface StrayPorts {
  readonly team: string
  readonly systemctl: Systemctl
  readonly units: UnitStore
  readonly processes: Processes
  /** Names of all units that are up, but those `known`; null: only the manager itself can tell. */
  readonly liveUnits: (known: ReadonlySet<string>) => readonly string[] | null
}

/** A unit by the name of one of ours that is up, and whose file is none of ours. */
export interface Stray {
  readonly name: string
  readonly state: UnitState
  /** What its main process was started as; null: nothing of ours, as far as it shows. */
  readonly parsed: ParsedUnit | null
  /** What has become of the file; null: the manager has another one. */
  readonly loss: FileLoss | null
}

/** Those that are up without a file of ours. The manager is asked about them, and only if there are any. */
export async function findStrays(files: ReadonlySet<string>, ports: StrayPorts): Promise<readonly Stray[]> {
  const live = ports.liveUnits(files) ?? (await listedUnits(ports))
  const names = live.filter((name) => isTeams(name, ports.team) && !files.has(name))
  return namedStrays(names, ports)
}

/** Of these units, which have no file of ours, those that are up. */
export async function namedStrays(names: readonly string[], ports: StrayPorts): Promise<readonly Stray[]> {
  if (names.length === 0) return []
  const { systemctl } = ports
  const reply = await systemctl.call(['show', '-p', shownProperties, '--', ...names])
  const states = parseShow(expectDone(reply, 'looking at units without a file').stdout)
  const up = names.flatMap((name) => {
    const state = states.get(name)
    return state === undefined || livenessOf(state) === 'exited' ? [] : [{ name, state }]
  })
  return Promise.all(
    up.map(async ({ name, state }) => ({
      name,
      state,
      parsed: await startedAs(name, state, ports),
      loss: lossOf(name, state, ports.units),
    })),
  )
}

const shownProperties = 'Id,LoadState,ActiveState,Result,MainPID,FragmentPath,Environment'

/** Nothing runs in it any more but what is being ended: whose it was is not to be told, and need not be. */
export function isEnding({ state }: Stray): boolean {
  return state.ActiveState === 'deactivating' && mainPid(state) === null
}

/** Its main process says so, or the manager, as long as it still knows what it has started. */
async function startedAs(
  name: string,
  state: UnitState,
  { team, processes }: StrayPorts,
): Promise<ParsedUnit | null> {
  const pid = mainPid(state)
  const found = pid === null ? null : processes.find(pid)
  const carried = found === null ? null : (await processes.carriers(heldVariable, [found])).get(found.pid)
  const texts = [carried, heldIn(state.Environment ?? '')]
  const parsed = texts.map((text) => parseHeld(text ?? null, team, name, serviceFormat))
  return parsed.find((unit) => unit !== null) ?? (pid === null ? null : runsOurs(pid, name, team, processes))
}

/** Started by a version that did not say so: ours, and nothing else is known. */
function runsOurs(pid: number, name: string, team: string, processes: Processes): ParsedUnit | null {
  const [, agentDir] = /\/agent-runner\.sh (\/.*\S)/.exec(processes.commandLine(pid) ?? '') ?? []
  return agentDir === undefined ? null : unreadableUnit(team, name, agentDir, serviceFormat)
}

function mainPid({ MainPID }: UnitState): number | null {
  const pid = Number(MainPID)
  return Number.isInteger(pid) && pid > 1 ? pid : null
}

function lossOf(name: string, state: UnitState, units: UnitStore): FileLoss | null {
  const found = units.fileOf(name)
  if (found !== 'none' && found !== 'damaged') return found === 'ours' ? null : found
  const { LoadState, FragmentPath = '' } = state
  const isElsewhere = LoadState === 'loaded' && FragmentPath !== '' && FragmentPath !== units.pathOf(name)
  return isElsewhere ? null : 'gone'
}

async function listedUnits({ team, systemctl }: StrayPorts): Promise<readonly string[]> {
  const pattern = `${unitPrefix(team, serviceFormat)}*`
  const reply = await systemctl.call(['list-units', '--plain', '--no-legend', '--', pattern])
  const lines = expectDone(reply, 'looking for units').stdout.split('\n')
  return lines.flatMap((line) => line.trim().split(' ')[0] || [])
}

function isTeams(name: string, team: string): boolean {
  return name.startsWith(unitPrefix(team, serviceFormat)) && name.endsWith(serviceFormat.suffix)
}
