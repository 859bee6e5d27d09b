import { TeamError } from '../../errors.ts'
import type { Clock } from '../../io/clock.ts'
import type { Processes } from '../../io/processes.ts'
import type { Records } from '../../io/records.ts'
import type { AgentId } from '../../model/agent.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { StartRequest } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { bootCommands, stayCommand } from '../../terminal/tmux-boot.ts'
import { type TmuxReply, type TmuxServer, tooFewFiles } from '../../terminal/tmux-server.ts'
import { allReported } from '../start.ts'
import { shutdownCommands, startCommands } from './commands.ts'

interface LaunchPorts {
  readonly server: Pick<TmuxServer, 'boot' | 'source'>
  readonly config: SupervisorConfig
  readonly records: Records
  readonly clock: Clock
  /** Agents that are to be started in all: a new server has to have room for the last of them. */
  readonly planned: number
}

/** What tmux has said about a launch; nothing yet, when the agents were quicker. */
type Launched = Pick<TmuxReply, 'ok' | 'serverRunning' | 'errors'>

const allStarted: Launched = { ok: true, serverRunning: true, errors: [] }

/** What a server has open for so many agents: the terminal of each and its logger's pipe, and some of its own. */
export const openFilesFor = (agents: number): number => 2 * agents + 32

/** As it was seen last; pid null: not known. */
export interface RunningServer {
  readonly pid: number | null
  readonly units: readonly Observation[]
}

/**
 * The agents, and the server before them when there is none. Once every wrapper has reported, nobody waits for a server
 * that is new and as we have made it: all that it has left to do is to start the loggers, a fifth of an `up`, and it
 * answers nobody else before that. In another one a hook may be waiting for something, and let others in.
 */
export async function launchAll(
  requests: readonly StartRequest[],
  running: RunningServer | null,
  ports: LaunchPorts,
): Promise<Launched> {
  const answer = launch(requests, running, ports)
  if (running !== null || ports.config.tmux.config !== null) return answer
  const answered = new AbortController()
  const reported = allReported(requests, ports, answered.signal).then(() => allStarted)
  try {
    return await Promise.race([answer, reported])
  } finally {
    answered.abort()
    answer.catch(() => undefined) // told to nobody any more
  }
}

async function launch(
  requests: readonly StartRequest[],
  running: RunningServer | null,
  { server, config, records, planned }: LaunchPorts,
): Promise<Launched> {
  for (const { launch } of requests) records.endLine(launch.agentDir)
  const commands = startCommands(requests)
  if (running !== null) return server.source(commands)
  const openFiles = openFilesFor(Math.max(planned, requests.length))
  const boot = bootCommands(config.tmux)
  const own = config.tmux.config
  if (own === null) return server.boot(boot, [stayCommand, ...commands], openFiles)
  await bootWithConfig(own, boot, openFiles, server)
  return server.source(commands)
}

/** A server without a file left hangs for ever. @throws TeamError `tmux-failed` */
export function expectRoom(
  { pid, units }: RunningServer,
  starting: readonly AgentId[],
  processes: Pick<Processes, 'openFiles'>,
): void {
  const limit = pid === null ? null : processes.openFiles(pid)
  const agents = new Set([...units.map(({ id }) => id), ...starting])
  if (limit !== null && limit < openFilesFor(agents.size))
    throw tooFewFiles(limit, openFilesFor(agents.size), 'end the team first: its tmux server keeps its limit')
}

/** @throws TeamError `tmux-config` for what tmux does not understand: of such a file it may leave out everything */
async function bootWithConfig(
  own: string,
  boot: readonly string[],
  openFiles: number,
  server: LaunchPorts['server'],
): Promise<void> {
  const { ok, errors, stdout } = await server.boot(boot, [stayCommand, ['source-file', own]], openFiles)
  if (ok) return
  await server.source(shutdownCommands)
  // What it cannot parse is told on stdout.
  const lines = [...stdout.split('\n'), ...errors].filter((line) => line !== '')
  throw new TeamError('tmux-config', `tmux refuses ${own}: ${lines[0]?.replace(`${own}:`, 'line ')}`, {
    hint: 'correct the file that `supervisor.tmux.config` names',
    details: lines.slice(1),
  })
}
