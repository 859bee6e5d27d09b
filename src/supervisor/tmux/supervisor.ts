import type { ErrorDetail } from '../../errors.ts'
import type { Clock } from '../../io/clock.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { SocketFile } from '../../io/socket-file.ts'
import type { Activity } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { Launch } from '../../model/launch.ts'
import type { Kept, StartOutcome, StartRequest, Supervisor } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { bootCommands, sessionName } from '../../terminal/tmux-boot.ts'
import { expectOk, type TmuxReply, type TmuxServer } from '../../terminal/tmux-server.ts'
import { keyCommands, tmuxTerminal } from '../../terminal/tmux-terminal.ts'
import { type DrainPorts, drainAll } from '../drain.ts'
import { lastLines } from '../look.ts'
import { confirmStarts } from '../start.ts'
import { sweep } from '../sweep.ts'
import { createBatcher } from './batch.ts'
import { logLine, namesTaken } from './commands.ts'
import { createForesight } from './foresight.ts'
import { labelFormat, parsePane, serverPidOf } from './labels.ts'
import { expectRoom, launchAll, openFilesFor, type RunningServer } from './launching.ts'
import { createLoggerList, type LoggerList, wrappersOf } from './loggers.ts'
import { lookCommands, withLook } from './looks.ts'
import { release, remove } from './removal.ts'
import { requireVersion } from './version.ts'

export interface TmuxSupervisorOptions {
  readonly team: string
  readonly config: SupervisorConfig
  readonly server: TmuxServer
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  /** How many the team may have up at once. */
  readonly agents: number
  readonly socket: SocketFile
  /** What an agent does, from a look at its terminal; null: it does not say. */
  readonly activity: (unit: Observation) => Activity | null
}

/** One private tmux server for the team, one session for each agent. */
export function createTmuxSupervisor(options: TmuxSupervisorOptions): Supervisor {
  const { server, config, processes, records } = options
  // Keys of many units that fall together become one tmux process.
  const batch = createBatcher(server, 1)
  // As it was seen last; null: nobody has seen one.
  let running: RunningServer | null = null
  let planned = 0 // agents that are to be started in all
  const foresight = createForesight({
    ...options,
    boot: () => server.prepareBoot(bootCommands(config.tmux), openFilesFor(options.agents)),
  })
  const loggers = createLoggerList(() => running?.pid ?? null, options)

  const observe: Supervisor['observe'] = async (looks = [], seenAt = new Map()) => {
    if (foresight.isAbsent()) {
      await foresight.version()
      return []
    }
    const { reply, listing, units } = await list(options, looks, seenAt)
    running = reply.serverRunning ? { pid: serverPidOf(listing), units } : null
    return units
  }

  return {
    kind: 'tmux',
    async preflight(starting) {
      planned = starting.length
      if (running !== null) expectRoom(running, starting, processes)
      else await (foresight.version() ?? requireVersion(server)) // a running one has proved itself
    },
    observe,
    async start(requests) {
      requests.forEach(({ launch }) => records.clear(launch.agentDir))
      // Before the new ones begin theirs, the logs of the old ones are written to their ends.
      const replaced = requests.flatMap(({ replaces }) => replaces ?? [])
      if (replaced.length > 0) await remove(replaced, await loggers.of(replaced), false, options)
      const reply = await launchAll(requests, running, { ...options, planned })
      // Where no server could be started, nobody would ever report.
      if (!reply.ok && running === null) await observe()
      running = reply.serverRunning ? (running ?? { pid: null, units: [] }) : null
      return outcomesOf(requests, reply.errors, observe, options)
    },
    foreseeStart: foresight.foreseeStart,
    release: () => release(options),
    drain: (units, drainOptions) =>
      drainAll(units, drainPorts(wrappersOf(units), { observe, batch, loggers }, options), drainOptions),
    mend: (kept) => mendLogs(kept, server),
    // Looked for first: without their server they would be anybody's children.
    remove: async (units, { shutdown }) => remove(units, await loggers.of(units), shutdown, options),
    sweep: (markers, ended) => sweep(markers, ended, options),
    terminal: (unit) => tmuxTerminal(server, { session: unit.name, pane: unit.handle }),
  }
}

interface DrainTools {
  readonly observe: Supervisor['observe']
  readonly batch: ReturnType<typeof createBatcher>
  readonly loggers: LoggerList
}

function drainPorts(
  wrappers: ReadonlySet<number>,
  { observe, batch, loggers }: DrainTools,
  { clock, processes, records, activity }: TmuxSupervisorOptions,
): DrainPorts {
  return {
    clock,
    processes,
    records,
    activity: async (unit) => {
      const seen = (await observe([unit.id])).find(({ id }) => id === unit.id)
      return activity(seen ?? unit)
    },
    async keys(unit, keys) {
      await batch(keyCommands(unit.unit.handle, keys))
      loggers.foresee(wrappers)
    },
  }
}

/** A logger that was killed, or whose tmux was told to end it. */
async function mendLogs(
  kept: readonly Kept[],
  server: TmuxServer,
): Promise<ReadonlyMap<AgentId, ErrorDetail>> {
  const unlogged = kept.filter(({ unit }) => unit.unlogged === true)
  const lines = unlogged.map(({ launch }) => logLine(launch))
  if (lines.length > 0) expectOk(await server.source(lines), 'starting loggers', server.address)
  return new Map()
}

/** What has become of each, once its wrapper has reported. */
async function outcomesOf(
  requests: readonly StartRequest[],
  errors: readonly string[],
  observe: Supervisor['observe'],
  { server, clock, records }: TmuxSupervisorOptions,
): Promise<readonly StartOutcome[]> {
  const taken = takenNames(requests, errors, server.address)
  const begun = requests.filter(({ launch }) => !taken.some(({ id }) => id === launch.id))
  const outcomes = await confirmStarts(begun, errors, {
    clock,
    records,
    lastLines: (launch) => lastWords(launch, server),
    unitRuns: async (launch) =>
      (await observe()).some((seen) => seen.id === launch.id && seen.liveness === 'running'),
  })
  return [...outcomes, ...taken]
}

/** Agents that cannot be started: a session of theirs is there that is none of ours. */
function takenNames(
  requests: readonly StartRequest[],
  errors: readonly string[],
  address: string,
): readonly StartOutcome[] {
  const taken = namesTaken(errors)
  return requests.flatMap(({ launch: { id, team, project, agent } }) => {
    const name = sessionName(team, project, agent)
    if (!taken.has(name)) return []
    const message = `there is a session ${name} that is not ours: end or rename it, see: ${address} ls`
    return [{ id, result: { kind: 'failed', reason: 'supervisor', message } }]
  })
}

async function lastWords({ team, project, agent }: Launch, server: TmuxServer): Promise<readonly string[]> {
  const terminal = tmuxTerminal(server, { session: sessionName(team, project, agent), pane: null })
  // With history: the words of tmux that the pane is dead push the first rows out.
  return lastLines(await terminal.capture({ lines: 5 }))
}

interface Listing {
  readonly reply: TmuxReply
  readonly listing: string
  readonly units: readonly Observation[]
}

/** One tmux process, whatever is looked at. */
async function list(
  { server, team }: TmuxSupervisorOptions,
  looks: readonly AgentId[],
  seenAt: ReadonlyMap<AgentId, number>,
): Promise<Listing> {
  const question = ['list-panes', '-a', '-F', labelFormat]
  const asked = looks.filter((id) => !seenAt.has(id))
  const request = lookCommands(team, asked, `${process.pid}-${process.hrtime.bigint()}-${Math.random()}`)
  const reply =
    asked.length === 0 ? await server.call(question) : await server.source([question, ...request.commands])
  if (!reply.serverRunning) return { reply, listing: '', units: [] }
  // A server without sessions (between two starts) answers with an error of its own, and so does a look at an agent that is not up.
  const errors = reply.errors.filter((line) => !line.startsWith('no current') && !line.includes("can't find"))
  // What is said beside a success is somebody else's: a wrapper of tmux, say, that warns of something.
  if (!reply.ok && (errors.length > 0 || reply.errors.length === 0))
    expectOk({ ...reply, errors }, 'listing the agents', server.address)
  const { listing, looks: seen } = request.parse(reply.stdout)
  return { reply, listing, units: observations(listing, team, seenAt).map((unit) => withLook(unit, seen)) }
}

function observations(
  stdout: string,
  team: string,
  seenAt: ReadonlyMap<AgentId, number>,
): readonly Observation[] {
  const seen = new Map<string, Observation>()
  for (const line of stdout.split('\n')) {
    // A person may have split an agent's window: only the pane that carries the labels counts, and a live one first.
    const observation = parsePane(line, team, seenAt)
    if (observation === null) continue
    const other = seen.get(observation.id)
    if (other === undefined || other.liveness === 'exited') seen.set(observation.id, observation)
  }
  return [...seen.values()]
}
