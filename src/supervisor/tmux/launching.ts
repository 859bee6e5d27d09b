import { TeamError } from '../../errors.ts'
import type { Clock } from '../../io/clock.ts'
import type { Records } from '../../io/records.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { StartRequest } from '../../model/supervisor.ts'
import { bootCommands, stayCommand } from '../../terminal/tmux-boot.ts'
import type { TmuxReply, TmuxServer } from '../../terminal/tmux-server.ts'
import { allReported } from '../start.ts'
import { shutdownCommands, startCommands } from './commands.ts'

interface LaunchPorts {
  readonly server: TmuxServer
  readonly config: SupervisorConfig
  readonly records: Records
  readonly clock: Clock
}

/** What tmux has said about a launch; nothing yet, when the agents were quicker. */
type Launched = Pick<TmuxReply, 'ok' | 'serverRunning' | 'errors'>

const allStarted: Launched = { ok: true, serverRunning: true, errors: [] }

/** What a server needs besides a file for each session. */
export const spareOpenFiles = 32

/**
 * The agents, and the server before them when there is none. Once every wrapper has reported, nobody waits for tmux:
 * all that it has left to do is to start the loggers, a fifth of an `up`, and nobody else is answered before that.
 */
export async function launchAll(
  requests: readonly StartRequest[],
  serverRunning: boolean,
  ports: LaunchPorts,
): Promise<Launched> {
  const answered = new AbortController()
  const answer = launch(requests, serverRunning, ports)
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
  serverRunning: boolean,
  { server, config, records }: LaunchPorts,
): Promise<Launched> {
  for (const { launch } of requests) records.endLine(launch.agentDir)
  const commands = startCommands(requests)
  if (serverRunning) return server.source(commands)
  const openFiles = requests.length + spareOpenFiles
  const boot = bootCommands(config.tmux)
  const own = config.tmux.config
  if (own === null) return server.boot(boot, [stayCommand, ...commands], openFiles)
  await bootWithConfig(own, boot, openFiles, server)
  return server.source(commands)
}

/** @throws TeamError `tmux-config` for what tmux does not understand: of such a file it may leave out everything */
async function bootWithConfig(
  own: string,
  boot: readonly string[],
  openFiles: number,
  server: TmuxServer,
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
