import { byteLogEnd, readByteLog } from '../../io/byte-log.ts'
import { watchPath } from '../../io/files.ts'
import { type Job, statusOf } from '../../model/job.ts'
import { isAlive } from '../../supervisor/job-tree.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from './ports.ts'
import { settle } from './queue.ts'

/** ms between two looks at a job that is waited for. */
const pollMs = 25
/** ms between two looks at whether the host still lives. */
const settleMs = 1_000

/** Passes output on as it comes, from `offset`, until the job has ended and all is read; false: interrupted. */
export async function followOutput(
  id: string,
  log: { readonly name: string; readonly offset: number },
  ports: JobPorts,
  context: Pick<Context, 'clock' | 'interrupt' | 'stdout' | 'stderr'>,
): Promise<boolean> {
  const { stop } = context.interrupt
  const dir = ports.store.directory(id)
  let { offset } = log
  let settled = ports.clock.now()
  let wake = new AbortController()
  const rouse = () => wake.abort()
  stop.addEventListener('abort', rouse)
  const unwatch = watchPath(dir, rouse)
  try {
    while (!stop.aborted) {
      // Looked at before the output: what is written before the end is read after it.
      const ended = ports.store.hasEnded(id)
      const part = readByteLog(dir, log.name, offset)
      // Whoever reads more slowly than it prints misses what is no longer kept.
      if (part.dropped > 0) context.stderr.write(droppedText(part.dropped))
      if (part.bytes.length > 0) context.stdout.write(part.bytes)
      offset = part.next
      if (ended && part.bytes.length === 0) return true
      if (!ended && part.bytes.length === 0 && ports.clock.now() - settled > settleMs) {
        if (!isHosted(ports.store.read(id), ports)) await settle(ports)
        settled = ports.clock.now()
      }
      if (!ended) await context.clock.sleep(pollMs, wake.signal)
      if (!stop.aborted) wake = new AbortController()
    }
    return false
  } finally {
    unwatch()
    stop.removeEventListener('abort', rouse)
  }
}

export function droppedText(bytes: number): string {
  return `${bytes} bytes before this were dropped\n`
}

/** Nothing is to be put right as long as the process that runs it lives. */
function isHosted(job: Job | null, { processes }: JobPorts): boolean {
  return job?.host !== null && job?.host !== undefined && isAlive(job.host, processes)
}

/** Resolves with the jobs as they are once all have ended (or any, or the time is over, or it is interrupted). */
export async function waitForEnd(
  ids: readonly string[],
  options: { readonly any: boolean; readonly timeoutMs: number | null },
  ports: JobPorts,
  { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>,
): Promise<readonly Job[]> {
  const deadline = options.timeoutMs === null ? Number.POSITIVE_INFINITY : clock.now() + options.timeoutMs
  const { stop } = interrupt
  let settled = 0
  for (;;) {
    if (clock.now() - settled > settleMs) {
      await settle(ports)
      settled = clock.now()
    }
    const jobs = ids.flatMap((id) => ports.store.read(id) ?? [])
    const ended = jobs.filter(({ end }) => end !== null)
    const enough = options.any ? ended.length > 0 || jobs.length === 0 : ended.length === jobs.length
    if (enough || stop.aborted || clock.now() >= deadline) return jobs
    await clock.sleep(pollMs, stop)
  }
}

/** Bytes that are looked through at once for line ends. */
const tailBytes = 256 * 1024

/** Byte offset at which the last `lines` lines begin, as far as they are kept. */
export function tailOffset(dir: string, name: string, lines: number): number {
  const end = byteLogEnd(dir, name)
  let left = lines
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - tailBytes)
    const part = readByteLog(dir, name, from, to - from)
    const oldest = from + part.dropped
    const bytes = part.bytes.subarray(0, Math.max(0, to - oldest))
    // The line end behind the last line begins no other.
    let at = bytes.length - (to === end && bytes.at(-1) === 10 ? 1 : 0)
    while (at > 0) {
      at = bytes.lastIndexOf(10, at - 1)
      if (at === -1) break
      left -= 1
      if (left === 0) return oldest + at + 1
    }
    if (part.dropped > 0) return oldest
    to = from
  }
  return 0
}

/** Has it ended well? */
export function exitCodeOf(job: Job): 0 | 1 | 4 {
  const status = statusOf(job)
  if (status === 'completed') return 0
  return status === 'timed_out' || status === 'running' || status === 'queued' ? 4 : 1
}
