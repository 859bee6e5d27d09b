import type { Clock } from '../../io/clock.ts'
import type { Processes, ProcessInfo } from '../../io/processes.ts'
import type { Observation } from '../../model/unit.ts'
import { alive } from '../end-processes.ts'

interface LoggerPorts {
  readonly clock: Clock
  readonly processes: Processes
}

/** A logger ends by itself when its pane does, a moment later: it writes what is left first. ms. */
const endGraceMs = 1_500
const pollMs = 3
const wakeEvery = 10

/** Who writes the log of which agent, by the agent's directory. */
type Loggers = ReadonlyMap<string, ProcessInfo>

export interface LoggerList {
  /** Looks for them now, for when there is no time. `others`: pids that are none. */
  foresee(others: ReadonlySet<number>): void
  of(units: readonly Observation[]): Promise<readonly ProcessInfo[]>
}

export function createLoggerList(serverPid: () => number | null, ports: LoggerPorts): LoggerList {
  let foreseen: Promise<Loggers> | null = null
  const find = async (others: ReadonlySet<number>) => {
    const pid = serverPid()
    return pid === null ? new Map() : findLoggers(pid, others, ports)
  }
  return {
    foresee(others) {
      foreseen ??= find(others)
      foreseen.catch(() => undefined) // told to whoever asks for one
    },
    async of(units) {
      const loggers = await (foreseen ?? find(wrappersOf(units)))
      return units.flatMap((unit) => loggers.get(unit.agentDir) ?? [])
    },
  }
}

export function wrappersOf(units: readonly Observation[]): ReadonlySet<number> {
  return new Set(units.flatMap(({ unit }) => unit.pid ?? []))
}

/** The log writers of a server: children of it that name an agent's directory. */
async function findLoggers(
  serverPid: number,
  others: ReadonlySet<number>,
  { processes }: LoggerPorts,
): Promise<Loggers> {
  const found = new Map<string, ProcessInfo>()
  for (const process of await processes.children(serverPid, others)) {
    const text = process.zombie ? null : processes.commandLine(process.pid)
    const [, quoted] = /set -- '(.*)'; \. '.*agent-logger\.sh'/s.exec(text ?? '') ?? []
    if (quoted !== undefined) found.set(quoted.replaceAll("'\\''", "'"), process)
  }
  return found
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

/** Between two of these a logger may begin another pause. ms. */
const hurryMs = 20

/** What `work` resolves to, while the loggers it waits for take what has come without a pause. */
export async function hurried<T>(
  loggers: readonly ProcessInfo[],
  work: Promise<T>,
  { clock, processes }: LoggerPorts,
): Promise<T> {
  const done = new AbortController()
  const end = () => done.abort()
  work.then(end, end)
  while (!done.signal.aborted) {
    await wake(alive(loggers, processes), processes)
    await clock.sleep(hurryMs, done.signal)
  }
  return work
}

/** A logger lets output gather for up to a second: ending that pause is all it takes. */
async function wake(loggers: readonly ProcessInfo[], processes: Processes): Promise<void> {
  for (const logger of loggers) {
    for (const child of await processes.children(logger.pid)) {
      if (processes.commandLine(child.pid)?.startsWith('sleep ') === true) processes.signal(child, 'SIGTERM')
    }
  }
}
