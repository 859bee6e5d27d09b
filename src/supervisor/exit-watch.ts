import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'

interface WatchedWrapper {
  readonly agentDir: string
  readonly process: ProcessInfo
}

export interface ExitWatch {
  /** Resolves when the wrapper is gone, or `until` aborts. */
  ended(wrapper: WatchedWrapper, until: AbortSignal): Promise<void>
  close(): void
}

export interface ExitWatchPorts {
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
}

/** Where no file event comes (network file systems, exhausted watches). */
const pollMs = 100
/** Between the wrapper's exit record and its own end. */
const closePollMs = 12

/**
 * Notices ends: the wrapper's record wakes it within about a millisecond, a poll of the process is the
 * fallback. A wrapper that is killed writes nothing, so the process is what counts.
 */
export function createExitWatch(agentDirs: readonly string[], ports: ExitWatchPorts): ExitWatch {
  const wakers = new Map<string, Set<() => void>>()
  const stop = ports.records.watch(agentDirs, (agentDir) => wakers.get(agentDir)?.forEach((wake) => wake()))
  return {
    close: stop,
    async ended(wrapper, until) {
      while (!until.aborted && isAlive(wrapper, ports)) {
        const kind = ports.records.read(wrapper.agentDir).last?.kind
        const closing = kind !== undefined && kind !== 'start'
        await nextLook(wrapper.agentDir, closing ? closePollMs : pollMs, until)
      }
    },
  }

  async function nextLook(agentDir: string, ms: number, until: AbortSignal): Promise<void> {
    const early = new AbortController()
    const wake = () => early.abort()
    const waiting = wakers.get(agentDir) ?? new Set()
    wakers.set(agentDir, waiting.add(wake))
    until.addEventListener('abort', wake)
    await ports.clock.sleep(ms, early.signal)
    until.removeEventListener('abort', wake)
    waiting.delete(wake)
  }
}

function isAlive(wrapper: WatchedWrapper, ports: ExitWatchPorts): boolean {
  return ports.processes.find(wrapper.process.pid)?.start === wrapper.process.start
}
