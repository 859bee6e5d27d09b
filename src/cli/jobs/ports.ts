import { spawn } from 'node:child_process'
import { createEventLog, type EventLog } from '../../io/event-log.ts'
import { createJobStore, type JobStore } from '../../io/job-store.ts'
import { acquireLock } from '../../io/lock.ts'
import { identityOf } from '../../supervisor/job-tree.ts'
import type { Context } from '../context.ts'

/** Where jobs are kept. */
export type JobFolder = 'tasks' | 'processes'

export interface JobPorts {
  readonly store: JobStore
  readonly stateDir: string
  readonly clock: Context['clock']
  readonly processes: Context['processes']
  readonly events: EventLog
  /** Starts the process that runs a job and outlives this command; its claim is written before it does anything. */
  readonly startHost: (id: string) => void
  /** Starts the process that runs what the file says for the end of this task. */
  readonly startOnEnd: (id: string) => void
  /** One at a time over all commands. @throws TeamError `locked` */
  readonly locked: <Value>(work: () => Value | Promise<Value>) => Promise<Value>
}

/** Long enough for hundreds of commands at once on a machine that has much else to do. ms. */
const lockWaitMs = 600_000

export function jobPorts(
  stateDir: string,
  folder: JobFolder,
  context: Pick<Context, 'clock' | 'processes' | 'env'>,
): JobPorts {
  const { clock, processes } = context
  const store = createJobStore(`${stateDir}/${folder}`)
  return {
    store,
    stateDir,
    clock,
    processes,
    events: createEventLog(`${stateDir}/events.jsonl`, clock.now),
    startHost(id) {
      const pid = startDetached(['__job', folder, stateDir, id], context)
      const identity = pid === null ? null : identityOf(pid, processes)
      if (identity !== null) store.writeHost(id, identity)
    },
    startOnEnd: (id) => {
      startDetached(['__on-end', stateDir, id], context)
    },
    async locked(work) {
      const release = await acquireLock({
        path: `${store.dir}/lock`,
        command: `team ${folder}`,
        waitMs: lockWaitMs,
        clock,
        processes,
        onWait: () => undefined,
        interrupted: new AbortController().signal,
      })
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}

/** This program once more, outliving this command; its pid. */
function startDetached(words: readonly string[], { env }: Pick<Context, 'env'>): number | null {
  const [program = ''] = process.argv.slice(1)
  const child = spawn(process.execPath, [program, ...words], {
    cwd: '/',
    env: hostEnvironment(env),
    detached: true,
    stdio: 'ignore',
  })
  child.on('error', () => undefined)
  child.unref()
  return child.pid ?? null
}

/** Nothing of the caller's reaches what runs: that has an environment of its own. */
function hostEnvironment(env: Context['env']): Record<string, string> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
