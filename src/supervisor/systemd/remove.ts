import { readlinkSync, rmSync } from 'node:fs'
import { TeamError } from '../../errors.ts'
import type { Observation } from '../../model/unit.ts'
import { type InstallOptions, startTimeoutMs } from './install.ts'
import { isEnding, namedStrays, type StrayPorts } from './strays.ts'
import { expectDone } from './systemctl.ts'
import { bootLink, isEnabled } from './unit-file.ts'

/** Stops the units, whatever runs in them, and forgets them. */
export async function removeUnits(observed: readonly Observation[], options: InstallOptions): Promise<void> {
  if (observed.length === 0) return
  const { systemctl, units, processes } = options
  const files = units.list()
  const names = observed.map(({ unit }) => unit.name)
  const installed = names.filter((name) => files.has(name))
  const loose = await looseOf(
    names.filter((name) => !files.has(name)),
    options,
  )
  const held = new Set([...installed, ...loose])
  const busy = observed.filter(
    ({ unit }) => unit.pid !== null && held.has(unit.name) && processes.find(unit.pid) !== null,
  )
  if (busy.length > 0) {
    // Its terminal would be asked for as long as the agent's budget is.
    await systemctl.call(['kill', '-s', 'KILL', '--', ...busy.map(({ unit }) => unit.name)])
  }
  if (installed.length > 0)
    expectDone(await systemctl.call(['stop', '--', ...installed], startTimeoutMs), 'stopping the units')
  await stopLoose(loose, options)
  const enabled = installed.filter((name) => isEnabled(units.directory, name))
  if (enabled.length > 0) await systemctl.call(['disable', '--no-reload', '--', ...enabled])
  // A failed unit would be kept in mind without its file.
  await systemctl.call(['reset-failed', '--', ...names])
  for (const name of names) {
    units.remove(name)
    dropBootLink(name, options)
  }
  expectDone(await systemctl.call(['daemon-reload']), 'forgetting the units')
}

/** Of these units without a file of ours, those that run something of ours. */
async function looseOf(names: readonly string[], options: StrayPorts): Promise<readonly string[]> {
  const strays = await namedStrays(names, options)
  return strays.filter((stray) => stray.parsed !== null || isEnding(stray)).map(({ name }) => name)
}

/** Such a unit is forgotten as soon as it has ended, which is no error. */
async function stopLoose(names: readonly string[], options: InstallOptions): Promise<void> {
  if (names.length === 0) return
  const { errors } = await options.systemctl.call(['stop', '--', ...names], startTimeoutMs)
  const left = await looseOf(names, options)
  if (left.length === 0) return
  throw new TeamError('systemd-failed', `${left.join(', ')} does not end: ${errors[0] ?? 'no message'}`, {
    hint: `look at it with: systemctl --user status ${left[0]}`,
    details: errors.slice(1),
  })
}

/** systemctl takes no link away whose file is gone. */
function dropBootLink(name: string, { units }: InstallOptions): void {
  const link = bootLink(units.directory, name)
  if (isEnabled(units.directory, name) || linkTarget(link) !== units.pathOf(name)) return
  rmSync(link, { force: true })
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null // nothing there
  }
}
