import { readIfExists } from '../../io/files.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { runnerFiles } from '../runner-file.ts'
import { wrapperPid } from '../units/place.ts'
import { createUnitSupervisor, type UnitSupervisorOptions } from '../units/supervisor.ts'
import { type InstallOptions, installUnits, removeUnits, requireManager, startUnits } from './install.ts'
import { observationOf, parseShow, shownProperties } from './observe.ts'
import { expectDone } from './systemctl.ts'

export type SystemdSupervisorOptions = InstallOptions & UnitSupervisorOptions

/** One unit of the user's service manager for each agent. */
export function createSystemdSupervisor(options: SystemdSupervisorOptions): Supervisor {
  return createUnitSupervisor(
    {
      kind: 'systemd',
      preflight: () => requireManager(options),
      observe: () => observe(options),
      async start(requests) {
        const launches = requests.map((request) => request.launch)
        const errors = await startUnits(await installUnits(launches, options), options)
        return { errors, refused: new Map() }
      },
      remove: (units) => removeUnits(units, options),
    },
    options,
  )
}

async function observe({
  units,
  systemctl,
  processes,
}: SystemdSupervisorOptions): Promise<readonly Observation[]> {
  const files = units.list()
  // Where there are no units nobody needs a manager.
  if (files.size === 0) return []
  const reply = await systemctl.call(['show', '-p', shownProperties, '--', ...files.keys()])
  const states = parseShow(expectDone(reply, 'looking at the units').stdout)
  return [...files].map(([name, parsed]) => {
    const { agentDir } = parsed.labels
    const text = readIfExists(`${agentDir}/${runnerFiles.wrapper}`)
    return observationOf(name, parsed, states.get(name), wrapperPid(text, agentDir, processes))
  })
}
