import type { Clock } from '../../io/clock.ts'
import type { Processes, ProcessInfo } from '../../io/processes.ts'
import type { SocketFile } from '../../io/socket-file.ts'
import type { Observation } from '../../model/unit.ts'
import type { TmuxReply, TmuxServer } from '../../terminal/tmux-server.ts'
import { removeCommand, shutdownCommands, shutdownWithout, writtenCommands } from './commands.ts'
import { endLoggers, hurried } from './loggers.ts'

interface RemovalPorts {
  readonly team: string
  readonly server: TmuxServer
  readonly socket: SocketFile
  readonly clock: Clock
  readonly processes: Processes
}

/** Sessions, their loggers and, when asked for and nothing else is in it, the server: one tmux process. */
export async function remove(
  units: readonly Observation[],
  loggers: readonly ProcessInfo[],
  shutdown: boolean,
  options: RemovalPorts,
): Promise<void> {
  const { team, server, socket, processes } = options
  const ended = units.filter(({ unit }) => unit.pid !== null && processes.find(unit.pid) === null)
  const forget = socket.claim()
  const reply = await hurried(
    loggers,
    server.source([
      ...(loggers.length === 0 ? [] : writtenCommands(ended)),
      ...(shutdown ? shutdownWithout(team, units) : units.map((unit) => removeCommand(team, unit))),
    ]),
    options,
  )
  await endLoggers(loggers, options)
  if (shutdown) await untilDown(reply, forget, options)
}

/** A server that is going down, as `shutdownCommands` tell it, refuses new sessions. */
async function untilDown(
  reply: TmuxReply,
  forget: () => void,
  { clock, processes }: RemovalPorts,
): Promise<void> {
  const [pid, sessions] = reply.stdout.trim().split(' ')
  if (!reply.serverRunning || pid === undefined || pid === '' || sessions !== undefined) return
  const deadline = clock.now() + 5_000
  while (processes.find(Number(pid)) !== null && clock.now() < deadline) await clock.sleep(2)
  if (processes.find(Number(pid)) === null) forget()
}

/** ms. A server that does not answer by then ends without sessions, as soon as who was to start it is gone. */
const releaseMs = 1_000

/** Ends a server that was started for agents that were not. */
export async function release(options: RemovalPorts): Promise<void> {
  const reply = options.server.dropBoot(shutdownCommands)
  if (reply === null) return
  const forget = options.socket.claim()
  const ended = reply.then(
    (told) => untilDown(told, forget, options),
    () => undefined, // whatever it was, nothing has come of it
  )
  await Promise.race([ended, options.clock.sleep(releaseMs)])
  options.server.killBoot()
}
