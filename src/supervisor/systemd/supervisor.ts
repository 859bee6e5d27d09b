import { readIfExists } from '../../io/files.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { runnerFiles } from '../runner-file.ts'
import { wrapperPid } from '../units/place.ts'
import { createUnitSupervisor, type UnitSupervisorOptions } from '../units/supervisor.ts'
import { type InstallOptions, installUnits, removeUnits, requireManager, startUnits } from './install.ts'
import { observationOf, parseShow, runningState, shownProperties, type UnitState } from './observe.ts'
import { expectDone } from './systemctl.ts'

export type SystemdSupervisorOptions = InstallOptions &
  UnitSupervisorOptions & {
    /** Is the process in the control group of that unit? */
    readonly isInUnit: (pid: number, unit: string) => boolean
  }

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
  isInUnit,
}: SystemdSupervisorOptions): Promise<readonly Observation[]> {
  const files = units.list()
  // Where there are no units nobody needs a manager.
  if (files.size === 0) return []
  const found = [...files].map(([name, parsed]) => {
    const { agentDir } = parsed.labels
    const text = readIfExists(`${agentDir}/${runnerFiles.wrapper}`)
    return { name, parsed, wrapper: wrapperPid(text, agentDir, processes) }
  })
  // The kernel says which unit a process is of, and a unit with a process runs: for 50 of them the manager takes longer
  // to answer than everything else does.
  const live = new Map(
    found.flatMap(({ name, wrapper }) =>
      wrapper !== null && isInUnit(wrapper, name) ? [[name, runningState]] : [],
    ),
  )
  const asked = [...files.keys()].filter((name) => !live.has(name))
  const states = asked.length === 0 ? live : new Map([...live, ...(await statesOf(asked, systemctl))])
  return found.map(({ name, parsed, wrapper }) => observationOf(name, parsed, states.get(name), wrapper))
}

async function statesOf(
  units: readonly string[],
  systemctl: SystemdSupervisorOptions['systemctl'],
): Promise<ReadonlyMap<string, UnitState>> {
  const reply = await systemctl.call(['show', '-p', shownProperties, '--', ...units])
  return parseShow(expectDone(reply, 'looking at the units').stdout)
}
