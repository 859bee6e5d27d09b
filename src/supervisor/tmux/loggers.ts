import type { Clock } from '../../io/clock.ts'
import type { Processes, ProcessInfo } from '../../io/processes.ts'
import type { Observation } from '../../model/unit.ts'
import { alive } from '../end-processes.ts'

export interface LoggerPorts {
  readonly clock: Clock
  readonly processes: Processes
}

/** A logger ends by itself when its pane does, a moment later: it writes what is left first. ms. */
const endGraceMs = 1_500
const pollMs = 3
const wakeEvery = 10

/** The log writers of these units: children of the tmux server whose argument is the agent's own directory. */
export async function findLoggers(
  units: readonly Observation[],
  serverPid: number,
  { processes }: LoggerPorts,
): Promise<readonly ProcessInfo[]> {
  const directories = new Set(units.map((unit) => unit.agentDir))
  return (await processes.children(serverPid)).filter((process) => {
    const text = processes.commandLine(process.pid) ?? ''
    const [, quoted = ''] = /set -- '(.*)'; \. '.*agent-logger\.sh'/s.exec(text) ?? []
    return !process.zombie && directories.has(quoted.replaceAll("'\\''", "'"))
  })
}

/** Waits for loggers whose panes are gone; one that hangs (on a dead disk, say) is killed. */
export async function endLoggers(loggers: readonly ProcessInfo[], ports: LoggerPorts): Promise<void> {
  const { clock, processes } = ports
  const deadline = clock.now() + endGraceMs
  let left = alive(loggers, processes)
  for (let look = 0; left.length > 0 && clock.now() < deadline; look += 1) {
    if (look % wakeEvery === 0) await wake(left, processes)
    await clock.sleep(pollMs)
    left = alive(left, processes)
  }
  for (const logger of left) processes.signal(logger, 'SIGKILL')
}

/** A logger lets output gather for up to a second: ending that pause is all it takes. */
async function wake(loggers: readonly ProcessInfo[], processes: Processes): Promise<void> {
  for (const logger of loggers) {
    for (const child of await processes.children(logger.pid)) {
      if (processes.commandLine(child.pid)?.startsWith('sleep ') === true) processes.signal(child, 'SIGTERM')
    }
  }
}
