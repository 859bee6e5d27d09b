import { existsSync } from 'node:fs'
import type { ErrorDetail } from '../../errors.ts'
import type { Clock } from '../../io/clock.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { Activity } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import type { SupervisorKind } from '../../model/compose.ts'
import type { Launch } from '../../model/launch.ts'
import type { Kept, StartRequest, Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { keyCommands } from '../../terminal/tmux-terminal.ts'
import { drainAll } from '../drain.ts'
import { lastLines, lookAt } from '../look.ts'
import { runnerFiles } from '../runner-file.ts'
import { confirmStarts } from '../start.ts'
import { sweep } from '../sweep.ts'
import { wrapperPid } from './place.ts'
import { lastScreen, type UnitTerminal, unitTerminal } from './terminal.ts'
import type { UnitHost } from './write.ts'

/** What an init system does for the units of one team. */
export interface UnitManager {
  readonly kind: SupervisorKind
  preflight(): Promise<void>
  observe(): Promise<readonly Observation[]>
  /** Installs and starts all of them. */
  start(requests: readonly StartRequest[]): Promise<Started>
  remove(units: readonly Observation[]): Promise<void>
  mend(kept: readonly Kept[]): Promise<ReadonlyMap<AgentId, ErrorDetail>>
  problem(launch: Launch): ErrorDetail | null
}

/** What an init system said to a start. */
export interface Started {
  /** Messages that may concern any of them. */
  readonly errors: readonly string[]
  /** Those that will not run, and why. */
  readonly refused: ReadonlyMap<AgentId, string>
}

export interface UnitSupervisorOptions {
  readonly team: string
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  readonly host: UnitHost
  /** What an agent does, from a look at its terminal; null: it does not say. */
  readonly activity: (unit: Observation) => Activity | null
}

/** One unit of an init system for each agent, whose main process gives the agent a tmux server of its own. */
export function createUnitSupervisor(manager: UnitManager, options: UnitSupervisorOptions): Supervisor {
  const { clock, processes, records } = options
  const terminalOf = (unit: Observation['unit']) => unitTerminal(unit, options.team, options.host.server)
  const observe = async () =>
    Promise.all((await manager.observe()).map((unit) => withWrapper(unit, terminalOf, processes)))
  return {
    kind: manager.kind,
    preflight: () => manager.preflight(),
    observe: async (looks = []) => withLooks(await observe(), looks, terminalOf),
    async start(requests) {
      for (const { launch } of requests) {
        records.clear(launch.agentDir)
        records.endLine(launch.agentDir)
      }
      const { errors, refused } = await manager.start(requests)
      const begun = requests.filter(({ launch }) => !refused.has(launch.id))
      const outcomes = await confirmStarts(begun, errors, {
        clock,
        records,
        lastLines: (launch) => lastLinesOf(launch.agentDir, clock),
        unitRuns: async (launch) =>
          (await manager.observe()).some((seen) => seen.id === launch.id && seen.liveness === 'running'),
      })
      const failures = [...refused].map(([id, message]) => ({
        id,
        result: { kind: 'failed', reason: 'supervisor', message } as const,
      }))
      return [...outcomes, ...failures]
    },
    drain: (units, drainOptions) =>
      drainAll(
        units,
        {
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
    remove: (units) => manager.remove(units),
    mend: (kept) => manager.mend(kept),
    problem: (launch) => manager.problem(launch),
    sweep: (markers, ended) => sweep(markers, ended, options),
    terminal: (unit) => terminalOf(unit).terminal,
  }
}

/** Where its pid was written down and is not any more: it is the first process of the terminal. */
async function withWrapper(
  unit: Observation,
  terminalOf: (unit: Observation['unit']) => UnitTerminal,
  processes: Processes,
): Promise<Observation> {
  const { agentDir, liveness } = unit
  if (liveness !== 'running' || unit.unit.pid !== null || existsSync(`${agentDir}/${runnerFiles.wrapper}`))
    return unit
  const { server, target } = terminalOf(unit.unit)
  const { stdout } = await server.call(['display-message', '-p', '-t', target, '#{pane_pid}'])
  return { ...unit, unit: { ...unit.unit, pid: wrapperPid(stdout, agentDir, processes) } }
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
