import type { Clock } from '../../io/clock.ts'
import { readIfExists } from '../../io/files.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { Activity } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { keyCommands } from '../../terminal/tmux-terminal.ts'
import { drainAll } from '../drain.ts'
import { lastLines, lookAt } from '../look.ts'
import { runnerFiles } from '../runner-file.ts'
import { confirmStarts } from '../start.ts'
import { sweep } from '../sweep.ts'
import { type InstallOptions, installUnits, removeUnits, requireManager, startUnits } from './install.ts'
import { observationOf, parseShow, shownProperties, wrapperPid } from './observe.ts'
import { expectDone } from './systemctl.ts'
import { lastScreen, type UnitTerminal, unitTerminal } from './terminal.ts'

export interface SystemdSupervisorOptions extends InstallOptions {
  readonly team: string
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  /** What an agent does, from a look at its terminal; null: it does not say. */
  readonly activity: (unit: Observation) => Activity | null
}

/** One user unit for each agent, whose main process gives the agent a tmux server of its own. */
export function createSystemdSupervisor(options: SystemdSupervisorOptions): Supervisor {
  const { clock, processes, records } = options
  const terminalOf = (unit: Observation['unit']) => unitTerminal(unit, options.team, options.server)
  return {
    kind: 'systemd',
    preflight: () => requireManager(options),
    observe: async (looks = []) => withLooks(await observe(options), looks, terminalOf),
    async start(requests) {
      requests.forEach(({ launch }) => records.clear(launch.agentDir))
      const launches = requests.map((request) => request.launch)
      const names = await installUnits(launches, options)
      const errors = await startUnits(names, options)
      return confirmStarts(requests, errors, {
        clock,
        records,
        lastLines: (launch) => lastLinesOf(launch.agentDir, clock),
        unitRuns: async (launch) =>
          (await observe(options)).some((seen) => seen.id === launch.id && seen.liveness === 'running'),
      })
    },
    drain: (units, drainOptions) =>
      drainAll(
        units,
        {
          early: null,
          clock,
          processes,
          records,
          activity: async (unit) => {
            const [seen] = await withLooks([unit], [unit.id], terminalOf)
            return options.activity(seen ?? unit)
          },
          keys: async (unit, keys) => {
            const { server, target } = terminalOf(unit.unit)
            await server.source(keyCommands(target, keys))
          },
        },
        drainOptions,
      ),
    remove: (units) => removeUnits(units, options),
    sweep: (markers) => sweep(markers, options),
    terminal: (unit) => terminalOf(unit).terminal,
  }
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

/** Each agent has a tmux server of its own: one call for each that is looked at. */
async function withLooks(
  units: readonly Observation[],
  looks: readonly AgentId[],
  terminalOf: (unit: Observation['unit']) => UnitTerminal,
): Promise<readonly Observation[]> {
  const wanted = new Set(looks)
  return Promise.all(
    units.map(async (unit) => {
      if (!wanted.has(unit.id) || unit.liveness !== 'running') return unit
      const { server, target } = terminalOf(unit.unit)
      // One that ends at this very moment has nothing to show.
      return { ...unit, look: await lookAt(server, target).catch(() => null) }
    }),
  )
}

const screenTimeoutMs = 1_000
const screenPollMs = 10

/** The runner keeps the last screen, a moment after the agent's end. */
async function lastLinesOf(agentDir: string, clock: Clock): Promise<readonly string[]> {
  const deadline = clock.now() + screenTimeoutMs
  while (lastScreen(agentDir) === null && clock.now() < deadline) await clock.sleep(screenPollMs)
  return lastLines(lastScreen(agentDir) ?? '')
}
