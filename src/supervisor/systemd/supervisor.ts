import { readIfExists } from '../../io/files.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { FileLoss, Observation } from '../../model/unit.ts'
import { runnerFiles } from '../runner-file.ts'
import type { ParsedUnit } from '../units/format.ts'
import { wrapperPid } from '../units/place.ts'
import { createUnitSupervisor, type UnitSupervisorOptions } from '../units/supervisor.ts'
import { type InstallOptions, installUnits, requireManager, startUnits } from './install.ts'
import { fileProblem, mendUnits, startProblems } from './mend.ts'
import { observationOf, parseShow, runningState, shownProperties, type UnitState } from './observe.ts'
import { removeUnits } from './remove.ts'
import { findStrays } from './strays.ts'
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
        const refused = await startProblems(requests, options)
        const launches = requests.flatMap(({ launch }) => (refused.has(launch.id) ? [] : [launch]))
        if (launches.length === 0) return { errors: [], refused }
        const errors = await startUnits(await installUnits(launches, options), options)
        return { errors, refused }
      },
      remove: (units) => removeUnits(units, options),
      mend: (kept) => mendUnits(kept, options),
      problem: (launch) => fileProblem(launch, options),
    },
    options,
  )
}

async function observe(options: SystemdSupervisorOptions): Promise<readonly Observation[]> {
  const files = options.units.list()
  const readable = [...files].flatMap(([name, { readable }]) => (readable ? [name] : []))
  const found = await findStrays(new Set(readable), options)
  const strays = found.flatMap(({ parsed, ...stray }) => (parsed === null ? [] : [{ ...stray, parsed }]))
  // Where there are no units nobody needs a manager.
  if (files.size + strays.length === 0) return []
  const states = new Map(strays.map(({ name, state }) => [name, state]))
  const losses = new Map(strays.map(({ name, loss }) => [name, loss]))
  const started = [...files, ...strays.map(({ name, parsed }) => [name, parsed] as const)]
  return observeStarted(new Map(started), states, losses, options)
}

async function observeStarted(
  started: ReadonlyMap<string, ParsedUnit>,
  known: ReadonlyMap<string, UnitState>,
  losses: ReadonlyMap<string, FileLoss | null>,
  { systemctl, processes, isInUnit }: SystemdSupervisorOptions,
): Promise<readonly Observation[]> {
  const found = [...started].map(([name, parsed]) => {
    const { agentDir } = parsed.labels
    const text = readIfExists(`${agentDir}/${runnerFiles.wrapper}`)
    return { name, parsed, wrapper: wrapperPid(text, agentDir, processes) }
  })
  // The kernel says which unit a process is of, and a unit with a process runs: for 50 of them the manager takes longer
  // to answer than everything else does.
  const live = new Map([
    ...known,
    ...found.flatMap(({ name, wrapper }) =>
      wrapper !== null && isInUnit(wrapper, name) ? [[name, runningState] as const] : [],
    ),
  ])
  const asked = [...started.keys()].filter((name) => !live.has(name))
  const states = asked.length === 0 ? live : new Map([...live, ...(await statesOf(asked, systemctl))])
  return found.map(({ name, parsed, wrapper }) =>
    observationOf(name, parsed, states.get(name), wrapper, losses.get(name)),
  )
}

async function statesOf(
  units: readonly string[],
  systemctl: SystemdSupervisorOptions['systemctl'],
): Promise<ReadonlyMap<string, UnitState>> {
  const reply = await systemctl.call(['show', '-p', shownProperties, '--', ...units])
  return parseShow(expectDone(reply, 'looking at the units').stdout)
}
