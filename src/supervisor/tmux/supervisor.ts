import type { Clock } from '../../io/clock.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { StartRequest, Supervisor } from '../../model/supervisor.ts'
import type { TerminalLook, Turn } from '../../model/turn.ts'
import type { Observation } from '../../model/unit.ts'
import { bootCommands, sessionName } from '../../terminal/tmux-boot.ts'
import { expectOk, type TmuxReply, type TmuxServer } from '../../terminal/tmux-server.ts'
import { keyCommands, tmuxTerminal } from '../../terminal/tmux-terminal.ts'
import { drainAll } from '../drain.ts'
import { lastLines, lookAt } from '../look.ts'
import { confirmStarts } from '../start.ts'
import { sweep } from '../sweep.ts'
import { createBatcher } from './batch.ts'
import { removeCommand, shutdownCommands, startCommands } from './commands.ts'
import { labelFormat, parsePane, serverPidOf } from './labels.ts'
import { endLoggers, findLoggers } from './loggers.ts'
import { requireVersion } from './version.ts'

export interface TmuxSupervisorOptions {
  readonly team: string
  readonly config: SupervisorConfig
  readonly server: TmuxServer
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  /** What the agent's turn is at, from what its terminal shows; null: it has no turns. */
  readonly turn: (unit: Observation, look: () => Promise<TerminalLook>) => Promise<Turn | null>
}

/** What a server needs besides a file for each session. */
const spareOpenFiles = 32

/** One private tmux server for the team, one session for each agent. */
export function createTmuxSupervisor(options: TmuxSupervisorOptions): Supervisor {
  const { server, clock, processes, records } = options
  // Keys of many units that fall together become one tmux process.
  const batch = createBatcher(server, 1)
  let serverRunning: boolean | null = null
  let serverPid: number | null = null

  const observe: Supervisor['observe'] = async () => {
    const reply = await server.call(['list-panes', '-a', '-F', labelFormat])
    serverRunning = reply.serverRunning
    if (!reply.serverRunning) return []
    // A server without sessions (between two starts) answers with an error of its own.
    const empty = reply.errors.some((line) => line.startsWith('no current') || line.startsWith("can't find"))
    if (!reply.ok && empty) return []
    expectOk(reply, 'listing the agents', server.address)
    serverPid = serverPidOf(reply.stdout)
    return observations(reply.stdout, options.team)
  }

  const terminal: Supervisor['terminal'] = (unit) =>
    tmuxTerminal(server, { session: unit.name, pane: unit.handle })

  return {
    kind: 'tmux',
    // A running server has proved itself.
    preflight: async () => {
      if (serverRunning !== true) await requireVersion(server)
    },
    observe,
    async start(requests) {
      requests.forEach(({ launch }) => records.clear(launch.agentDir))
      const reply = await launchAll(requests, serverRunning === true, options)
      serverRunning = reply.serverRunning
      return confirmStarts(requests, reply.errors, {
        clock,
        records,
        lastLines: async ({ team, project, agent }) => {
          const terminal = tmuxTerminal(server, { session: sessionName(team, project, agent), pane: null })
          return lastLines(await terminal.capture({ lines: null }))
        },
        unitRuns: async (launch) =>
          (await observe()).some((seen) => seen.id === launch.id && seen.liveness === 'running'),
      })
    },
    drain: (units, drainOptions) =>
      drainAll(
        units,
        {
          clock,
          processes,
          records,
          turn: (unit) => options.turn(unit, () => lookAt(server, unit.unit.handle, terminal(unit.unit))),
          keys: async (unit, keys) => {
            await batch(keyCommands(unit.unit.handle, keys))
          },
        },
        drainOptions,
      ),
    remove: (units, { shutdown }) => remove(units, serverPid, shutdown, options),
    sweep: (markers) => sweep(markers, options),
    terminal,
  }
}

/** The agents, and the server before them when there is none. */
async function launchAll(
  requests: readonly StartRequest[],
  serverRunning: boolean,
  { server, config }: TmuxSupervisorOptions,
): Promise<TmuxReply> {
  const commands = startCommands(requests)
  if (serverRunning) return server.source(commands)
  const own = config.tmux.config
  const all = own === null ? commands : [['source-file', own], ...commands]
  return server.boot(bootCommands(config.tmux), all, requests.length + spareOpenFiles)
}

function observations(stdout: string, team: string): readonly Observation[] {
  const seen = new Map<string, Observation>()
  for (const line of stdout.split('\n')) {
    // A person may have split an agent's window: only the pane that carries the labels counts, and a live one first.
    const observation = parsePane(line, team)
    if (observation === null) continue
    const other = seen.get(observation.id)
    if (other === undefined || other.liveness === 'exited') seen.set(observation.id, observation)
  }
  return [...seen.values()]
}

/** Sessions, their loggers and, when asked for and nothing else is in it, the server: one tmux process. */
async function remove(
  units: readonly Observation[],
  serverPid: number | null,
  shutdown: boolean,
  options: TmuxSupervisorOptions,
): Promise<void> {
  const { server, clock, processes } = options
  // Looked for first: without their server they would be anybody's children.
  const loggers = serverPid === null ? [] : await findLoggers(units, serverPid, options)
  const reply = await server.source([
    ...units.map((unit) => removeCommand(unit.unit.name)),
    ...(shutdown ? shutdownCommands : []),
  ])
  await endLoggers(loggers, options)
  const [pid, sessions] = reply.stdout.trim().split(' ')
  if (!shutdown || !reply.serverRunning || pid === undefined || pid === '' || sessions !== undefined) return
  // A server that is going down refuses new sessions.
  const deadline = clock.now() + 5_000
  while (processes.find(Number(pid)) !== null && clock.now() < deadline) await clock.sleep(2)
}
