import { TeamError } from '../../errors.ts'
import type { Launch } from '../../model/launch.ts'
import { keepCopy } from '../units/copy.ts'
import { unitName } from '../units/format.ts'
import { type UnitHost, writeUnits } from '../units/write.ts'
import type { StrayPorts } from './strays.ts'
import { expectDone } from './systemctl.ts'
import { isEnabled, serviceFormat } from './unit-file.ts'

export interface InstallOptions extends StrayPorts {
  readonly host: UnitHost
  /** Units that are to start at boot were enabled for the first time. */
  readonly bootEnabled: () => void
}

/** @throws TeamError `systemd-missing`, `systemd-unreachable`, `systemd-failed`, `state-unwritable` */
export async function requireManager({ systemctl, units }: InstallOptions): Promise<void> {
  const reply = expectDone(
    await systemctl.call(['show', '-p', 'UnitPath', '--value']),
    'asking for the unit path',
  )
  if (reply.stdout.trim().split(' ').includes(units.directory)) return units.expectWritable()
  throw new TeamError('systemd-failed', `the user manager does not look for units in ${units.directory}`, {
    hint: 'HOME and XDG_CONFIG_HOME must be as they were when you logged in; see: systemctl --user show -p UnitPath',
  })
}

/** Writes what the units are started from. Resolves with their names; the manager knows them. */
export async function installUnits(
  launches: readonly Launch[],
  options: InstallOptions,
): Promise<readonly string[]> {
  const { units, systemctl, host } = options
  const before = units.list()
  const written = await writeUnits(launches, serviceFormat, host)
  for (const { name, text } of written) units.write(name, text)
  launches.forEach((launch, index) => keepCopy(launch, written[index]?.text ?? ''))
  // Always: an earlier command may have been killed between writing and this.
  expectDone(await systemctl.call(['daemon-reload']), 'reading the units')
  await setBoot(launches, options)
  // What is asked for is no restart that its policy counts.
  const known = written.map(({ name }) => name).filter((name) => before.has(name))
  if (known.length > 0) await systemctl.call(['reset-failed', '--', ...known])
  return written.map(({ name }) => name)
}

/** Starts them with the manager, or no longer, as their launches say. */
export async function setBoot(
  launches: readonly Launch[],
  { systemctl, units, bootEnabled }: InstallOptions,
): Promise<void> {
  const wanted = (launch: Launch) => launch.supervisor.type === 'systemd' && launch.supervisor.systemd.boot
  const nameOf = (launch: Launch) => unitName(launch, serviceFormat)
  const enabled = (launch: Launch) => isEnabled(units.directory, nameOf(launch))
  const changes = [
    ['enable', launches.filter((launch) => wanted(launch) && !enabled(launch))],
    ['disable', launches.filter((launch) => !wanted(launch) && enabled(launch))],
  ] as const
  for (const [verb, changed] of changes) {
    if (changed.length === 0) continue
    const reply = await systemctl.call([verb, '--no-reload', '--', ...changed.map(nameOf)])
    expectDone(reply, `${verb.slice(0, -1)}ing the units at boot`)
    if (verb === 'enable') bootEnabled()
  }
}

/** Starts all of them in one call; what is left of an earlier run ends first. Resolves with what went wrong. */
export async function startUnits(
  names: readonly string[],
  { systemctl }: InstallOptions,
): Promise<readonly string[]> {
  return (await systemctl.call(['restart', '--', ...names], startTimeoutMs)).errors
}

/** A unit that is still busy ending may take its agent's whole budget. ms. */
export const startTimeoutMs = 120_000
