import type { Observation } from '../model/unit.ts'
import { jobDirectory, jobFormat } from '../supervisor/launchd/job-file.ts'
import { serviceFormat, unitDirectory } from '../supervisor/systemd/unit-file.ts'
import { teamsWithUnits } from '../supervisor/units/store.ts'
import type { Context } from './context.ts'
import { liveNames } from './supervisors.ts'

/** What the init systems hold of a team by another name. */
export async function formerUnits(
  name: string,
  stateDir: string,
  context: Context,
  template: (name: string) => string,
): Promise<readonly Observation[]> {
  const { env } = context
  const found: Observation[] = []
  if (teamsWithUnits(unitDirectory(env), serviceFormat, liveNames(env)).includes(name)) {
    const { systemdSupervisor } = await import('./systemd.ts')
    const supervisor = systemdSupervisor(name, stateDir, context, template, () => undefined)
    found.push(...(await supervisor.observe()))
  }
  if (teamsWithUnits(jobDirectory(env), jobFormat).includes(name)) {
    const { launchdSupervisor } = await import('./launchd.ts')
    found.push(...(await launchdSupervisor(name, stateDir, context, template).observe()))
  }
  return found
}
