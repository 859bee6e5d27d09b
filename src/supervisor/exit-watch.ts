import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import { isJournal, type Records } from '../io/records.ts'

interface WatchedWrapper {
  readonly agentDir: string
  readonly process: ProcessInfo
}

export interface ExitWatch {
  /** Resolves when the wrapper is gone, or `until` aborts. */
  ended(wrapper: WatchedWrapper, until: AbortSignal): Promise<void>
  /** Resolves in a moment, once no wrapper is about to be gone whose agent has ended; after `ms` at the latest. */
  calm(ms: number): Promise<void>
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
const closePollMs = 3

const calmPollMs = 2

interface Watched {
  readonly wrapper: WatchedWrapper
  readonly finish: () => void
  /** Its agent has ended: it is about to. */
  closing: boolean
}

/**
 * Notices ends: the wrapper's record wakes it within about a millisecond, a poll of the process is the
 * fallback. A wrapper that is killed writes nothing, so the process is what counts. One timer for all of them:
 * with one for each, 50 agents that ended together cost a drain 100 ms.
 */
export function createExitWatch(agentDirs: readonly string[], ports: ExitWatchPorts): ExitWatch {
  const watched = new Map<string, Watched>()
  let polling = false
  let rouse = new AbortController()

  const look = (entry: Watched): void => {
    if (!isAlive(entry.wrapper, ports)) {
      entry.finish()
      return
    }
    const kind = ports.records.last(entry.wrapper.agentDir)?.kind
    entry.closing = kind !== undefined && kind !== 'start'
    if (entry.closing) rouse.abort(roused)
  }
  let stop: (() => void) | null = null
  // At the first wait: what is done before that need not wait for 50 watches.
  const watch = () => {
    stop ??= ports.records.watch(agentDirs, (agentDir, file) => {
      const entry = watched.get(agentDir)
      if (entry !== undefined && isJournal(file)) look(entry)
    })
  }

  const isCalm = () => [...watched.values()].every((entry) => !entry.closing)

  async function poll(): Promise<void> {
    if (polling) return
    polling = true
    let looked = ports.clock.now()
    while (watched.size > 0) {
      const closing = !isCalm()
      await ports.clock.sleep(closing ? closePollMs : pollMs, closing ? undefined : rouse.signal)
      rouse = new AbortController()
      const all = ports.clock.now() - looked >= pollMs
      if (all) looked = ports.clock.now()
      for (const entry of [...watched.values()]) {
        if (all) look(entry)
        else if (entry.closing && !isAlive(entry.wrapper, ports)) entry.finish()
      }
    }
    polling = false
  }

  return {
    close: () => stop?.(),
    async calm(ms) {
      const until = ports.clock.now() + ms
      // At least once: those that ended together may not have been seen yet.
      do await ports.clock.sleep(calmPollMs)
      while (!isCalm() && ports.clock.now() < until)
    },
    ended: (wrapper, until) =>
      new Promise((resolve) => {
        const finish = () => {
          watched.delete(wrapper.agentDir)
          until.removeEventListener('abort', finish)
          resolve()
        }
        if (until.aborted) return resolve()
        until.addEventListener('abort', finish)
        const entry = { wrapper, finish, closing: false }
        watched.set(wrapper.agentDir, entry)
        watch()
        look(entry)
        void poll()
      }),
  }
}

/** A reason of our own: the default one takes the time to make an error with a stack. */
const roused = 'roused'

function isAlive(wrapper: WatchedWrapper, ports: ExitWatchPorts): boolean {
  return ports.processes.find(wrapper.process.pid)?.start === wrapper.process.start
}
