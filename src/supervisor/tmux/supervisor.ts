import type { Clock } from '../../io/clock.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { expectOk, type TmuxServer } from '../../terminal/tmux-server.ts'
import { keyCommands, tmuxTerminal } from '../../terminal/tmux-terminal.ts'
import { drainAll } from '../drain.ts'
import { alive, endProcesses } from '../end-processes.ts'
import { createCensusTaker, treeOf } from '../process-tree.ts'
import { type Batch, createBatcher } from './batch.ts'
import { bootCommands, removeCommand, sessionName, startCommands } from './commands.ts'
import { labelFormat, parsePane } from './labels.ts'
import { confirmStarts } from './start.ts'
import { requireVersion } from './version.ts'

export interface TmuxSupervisorOptions {
  readonly team: string
  readonly config: SupervisorConfig
  readonly server: TmuxServer
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
}

/** One private tmux server for the team, one session for each agent. */
export function createTmuxSupervisor(options: TmuxSupervisorOptions): Supervisor {
  const { server, clock, processes, records } = options
  // Keys and removals of many units that fall together become one tmux process.
  const batch = createBatcher(server, 2)
  let serverRunning: boolean | null = null

  const observe: Supervisor['observe'] = async () => {
    const reply = await server.call(['list-panes', '-a', '-F', labelFormat])
    serverRunning = reply.serverRunning
    if (!reply.serverRunning) return []
    // A server without sessions (between two starts) answers with an error of its own.
    const empty = reply.errors.some((line) => line.startsWith('no current') || line.startsWith("can't find"))
    if (!reply.ok && empty) return []
    expectOk(reply, 'listing the agents', server.address)
    return observations(reply.stdout, options.team)
  }

  const remove = async (units: readonly Observation[]): Promise<void> => {
    await Promise.all(units.map((unit) => batch([removeCommand(unit.unit.name)])))
  }

  return {
    kind: 'tmux',
    preflight: () => requireVersion(server),
    observe,
    async start(requests) {
      requests.forEach(({ launch }) => records.clear(launch.agentDir))
      const commands = requests.flatMap((request) => startCommands(request))
      // Only before a server is started: a running one has proved itself.
      if (serverRunning !== true) await requireVersion(server)
      const boot = serverRunning === true ? [] : bootCommands(options.config)
      const config = options.config.tmux.config
      const extra = boot.length === 0 || config === null ? [] : [['source-file', config]]
      const reply = await server.source([...extra, ...commands], boot)
      serverRunning = reply.serverRunning
      return confirmStarts(requests, reply.errors, {
        clock,
        records,
        lastLines: (launch) => lastLines(server, sessionName(launch.team, launch.project, launch.agent)),
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
          keys: async (unit, keys) => {
            await batch(keyCommands(unit.unit.handle, keys))
          },
          remove: (unit) => remove([unit]),
        },
        drainOptions,
      ),
    remove,
    shutdown: () => shutdown(batch, options),
    sweep: (markers) => sweep(markers, options),
    terminal: (unit) => tmuxTerminal(server, { session: unit.name, pane: unit.handle }),
  }
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

async function lastLines(server: TmuxServer, session: string): Promise<readonly string[]> {
  const text = await tmuxTerminal(server, { session, pane: null }).capture({ lines: null })
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Pane is dead'))
    .slice(-5)
}

/** Ends the server once nothing is in it, and waits for its end: a server that is going down refuses new sessions. */
async function shutdown(batch: Batch, options: TmuxSupervisorOptions): Promise<void> {
  const { clock, processes } = options
  // `#{S:x}`: an x for each session. One call with the removals that were asked for at the same time.
  const reply = await batch([
    ['display-message', '-p', '#{pid} #{S:x}'],
    ['if-shell', '-F', '#{S:x}', '', 'kill-server'],
  ])
  const [pid, sessions] = reply.stdout.trim().split(' ')
  if (!reply.serverRunning || pid === undefined || pid === '' || sessions !== undefined) return
  const deadline = clock.now() + 5_000
  while (processes.find(Number(pid)) !== null && clock.now() < deadline) await clock.sleep(2)
}

async function sweep(
  markers: ReadonlySet<string>,
  options: TmuxSupervisorOptions,
): Promise<readonly number[]> {
  const { processes } = options
  const take = createCensusTaker(processes, 0)
  for (let round = 0; round < 5; round += 1) {
    const censuses = await Promise.all(
      [...markers].map(async (marker) => ({ marker, census: await take(marker) })),
    )
    const left = censuses.flatMap(({ marker, census }) => treeOf(census, null, marker, process.pid))
    if (left.length === 0) return []
    const survivors = await endProcesses(left, null, options)
    if (round === 4) return alive(survivors, processes).map((found) => found.pid)
  }
  return []
}
