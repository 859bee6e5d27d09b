import { readIfExists } from '../../io/files.ts'
import type { Launch } from '../../model/launch.ts'
import type { StartRequest, Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { gone } from '../end-processes.ts'
import { runnerFiles } from '../runner-file.ts'
import { sweep } from '../sweep.ts'
import { unitName } from '../units/format.ts'
import { placeOf, wrapperPid } from '../units/place.ts'
import type { UnitStore } from '../units/store.ts'
import { createUnitSupervisor, type Started, type UnitSupervisorOptions } from '../units/supervisor.ts'
import { lastScreen } from '../units/terminal.ts'
import { writeUnits } from '../units/write.ts'
import { jobFormat } from './job-file.ts'
import type { Jobs } from './jobs.ts'
import { observationOf } from './observe.ts'

export interface LaunchdSupervisorOptions extends UnitSupervisorOptions {
  readonly jobs: Jobs
  readonly units: UnitStore
  /** Where launchd finds the jobs that start at login. */
  readonly login: UnitStore
}

/** One job of the user's launchd for each agent. */
export function createLaunchdSupervisor(options: LaunchdSupervisorOptions): Supervisor {
  return createUnitSupervisor(
    {
      kind: 'launchd',
      async preflight() {
        await options.jobs.ready()
        options.units.expectWritable()
      },
      observe: () => observe(options),
      start: (requests) => start(requests, options),
      remove: (units) => remove(units, options),
    },
    options,
  )
}

async function observe({
  units,
  jobs,
  processes,
}: LaunchdSupervisorOptions): Promise<readonly Observation[]> {
  return inTurns([...units.list()], async ([name, parsed]) => {
    const { agentDir } = parsed.labels
    const state = await jobs.state(name)
    const text = readIfExists(`${agentDir}/${runnerFiles.wrapper}`)
    return observationOf(name, parsed, state, wrapperPid(text, agentDir, processes))
  })
}

async function start(requests: readonly StartRequest[], options: LaunchdSupervisorOptions): Promise<Started> {
  const { units, login, jobs, host } = options
  const launches = requests.map((request) => request.launch)
  const atLogin = new Set(launches.filter(startsAtLogin).map((launch) => unitName(launch, jobFormat)))
  for (const { name, text } of await writeUnits(launches, jobFormat, host)) {
    units.write(name, text)
    if (atLogin.has(name)) login.write(name, text)
    else login.remove(name)
  }
  await end(
    requests.flatMap(({ replaces }) => replaces ?? []),
    options,
  )
  const refused = await inTurns(launches, async (launch) => {
    const name = unitName(launch, jobFormat)
    const error = await jobs.load(name, units.pathOf(name))
    return error === null ? [] : [[launch.id, error] as const]
  })
  return { errors: [], refused: new Map(refused.flat()) }
}

function startsAtLogin({ supervisor }: Launch): boolean {
  return supervisor.type === 'launchd' && supervisor.launchd.boot
}

async function remove(observed: readonly Observation[], options: LaunchdSupervisorOptions): Promise<void> {
  const { units, login } = options
  const ours = units.list()
  const held = observed.filter(({ unit }) => ours.has(unit.name))
  await end(held, options)
  for (const { unit } of held) {
    login.remove(unit.name)
    units.remove(unit.name)
  }
}

/** A wrapper that has lost its terminal ends its agent within 4 s. ms. */
const shellGraceMs = 6_000

/** Ends jobs, and what launchd leaves behind of those whose main process was killed. */
async function end(observed: readonly Observation[], options: LaunchdSupervisorOptions): Promise<void> {
  const { jobs, processes, host } = options
  if (observed.length === 0) return
  await inTurns(observed, async ({ unit, agentDir }) => {
    await jobs.unload(unit.name)
    // A runner keeps the last screen when it has taken the terminal away.
    if (lastScreen(agentDir) !== null) return
    const shells = [runnerFiles.wrapper, runnerFiles.logger].flatMap((file) => {
      const pid = wrapperPid(readIfExists(`${agentDir}/${file}`), agentDir, processes)
      return pid === null ? [] : (processes.find(pid) ?? [])
    })
    await host.server(placeOf(unit.handle).socket).call(['kill-server'])
    await gone(shells, shellGraceMs, options)
  })
  await sweep(new Set(observed.map(({ marker }) => marker)), options)
}

/** So many launchctl at a time: a machine has only so many processors. */
const atOnce = 8

/** Results in the order of `items`. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let first = 0; first < items.length; first += atOnce) {
    results.push(...(await Promise.all(items.slice(first, first + atOnce).map(work))))
  }
  return results
}
