import { readIfExists } from '../../io/files.ts'
import type { StartRequest, Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { gone } from '../end-processes.ts'
import { runnerFiles } from '../runner-file.ts'
import { sweep } from '../sweep.ts'
import { keepCopy } from '../units/copy.ts'
import { type ParsedUnit, unitName } from '../units/format.ts'
import { placeOf, wrapperPid } from '../units/place.ts'
import { createUnitSupervisor, type Started, type UnitSupervisorOptions } from '../units/supervisor.ts'
import { lastScreen } from '../units/terminal.ts'
import { writeUnits } from '../units/write.ts'
import { inTurns } from './in-turns.ts'
import { jobFormat } from './job-file.ts'
import { fileProblem, mendJobs, startsAtLogin } from './mend.ts'
import { type JobState, observationOf } from './observe.ts'
import { findStrays, loadedAs, type Stray, type StrayPorts } from './strays.ts'

export type LaunchdSupervisorOptions = UnitSupervisorOptions & StrayPorts

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
      mend: (kept) => mendJobs(kept, options),
      problem: (launch) => fileProblem(launch, options),
    },
    options,
  )
}

async function observe(options: LaunchdSupervisorOptions): Promise<readonly Observation[]> {
  const { units, jobs } = options
  const files = [...units.list()]
  const readable = files.flatMap(([name, { readable }]) => (readable ? [name] : []))
  const [strays, states] = await Promise.all([
    findStrays(new Set(readable), options),
    inTurns(files, ([name]) => jobs.state(name)),
  ])
  const found = files.map(([name, parsed], index): Stray => {
    return { name, parsed, state: states[index] ?? { kind: 'unloaded' }, loss: null }
  })
  const all = new Map([...found, ...strays].map((held) => [held.name, held]))
  return [...all.values()].map(({ name, parsed, state, loss }) =>
    observationOf(name, parsed, state, wrapperOf(parsed, options), loss),
  )
}

function wrapperOf({ labels }: ParsedUnit, { processes }: LaunchdSupervisorOptions): number | null {
  const { agentDir } = labels
  return wrapperPid(readIfExists(`${agentDir}/${runnerFiles.wrapper}`), agentDir, processes)
}

async function start(requests: readonly StartRequest[], options: LaunchdSupervisorOptions): Promise<Started> {
  const { team, units, login, jobs, host } = options
  const blocked = new Map(
    requests.flatMap(({ launch }) => {
      const problem = fileProblem(launch, options)
      return problem === null ? [] : [[launch.id, problem.message] as const]
    }),
  )
  const allowed = requests.filter(({ launch }) => !blocked.has(launch.id))
  const launches = allowed.map((request) => request.launch)
  const written = await writeUnits(launches, jobFormat, host)
  for (const [index, launch] of launches.entries()) {
    const { name = '', text = '' } = written[index] ?? {}
    units.write(name, text)
    keepCopy(launch, text)
    if (startsAtLogin(launch)) login.write(name, text)
    else login.remove(name)
  }
  await end(
    allowed.flatMap(({ replaces }) => replaces ?? []),
    options,
  )
  const refused = await inTurns(launches, async (launch) => {
    const name = unitName(launch, jobFormat)
    const isOurs = (state: JobState) => loadedAs(name, state, team) !== null
    const error = await jobs.load(name, units.pathOf(name), isOurs)
    // Beside a job of somebody else it would say that this one is ours.
    if (error?.isTaken === true) for (const store of [units, login]) store.remove(name)
    return error === null ? [] : [[launch.id, error.message] as const]
  })
  return { errors: [], refused: new Map([...blocked, ...refused.flat()]) }
}

async function remove(observed: readonly Observation[], options: LaunchdSupervisorOptions): Promise<void> {
  const { team, jobs, units, login } = options
  const ours = units.list()
  const isOther = await inTurns(observed, async ({ unit: { name } }) => {
    const state = ours.has(name) ? null : await jobs.state(name)
    return state?.kind === 'loaded' && loadedAs(name, state, team) === null
  })
  await end(
    observed.filter((_, index) => isOther[index] === false),
    options,
  )
  for (const { unit } of observed) {
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
  await sweep(new Set(observed.map(({ marker }) => marker)), [], options)
}
