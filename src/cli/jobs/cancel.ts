import { ExitCode } from '../../errors.ts'
import { statusOf, type TaskStatus } from '../../model/job.ts'
import type { CommandResult } from '../command.ts'
import type { Context } from '../context.ts'
import { settleOnEnd } from './on-end.ts'
import type { JobPorts } from './ports.ts'
import { endOf, finish, pump } from './queue.ts'
import { waitForEnd } from './watch.ts'

/** ms between TERM and KILL. */
const defaultGraceMs = 2_000
/** ms beyond the grace for the host to end what it runs, and to write that down. */
const hostMs = 15_000

export interface CancelledJob {
  readonly id: string
  readonly status: TaskStatus
  /** It had ended before: it keeps its status. */
  readonly before: boolean
  /** Pids that outlived it. */
  readonly survivors: readonly number[]
}

/** Ends them with all that they have started, and tells what was seen. `grace`: ms; null: as usual. */
export async function endJobs(
  ids: readonly string[],
  grace: number | null,
  ports: JobPorts,
  context: Pick<Context, 'clock' | 'interrupt'>,
): Promise<readonly CancelledJob[]> {
  const graceMs = grace ?? defaultGraceMs
  const open = ids.filter((id) => ports.store.read(id)?.end === null)
  // Nothing that waits may be started between the look and the end.
  await ports.locked(() => {
    for (const id of open) {
      const job = ports.store.read(id)
      if (job === null) continue
      if (job.host === null)
        finish(job, endOf('cancelled', ports, { reason: 'cancelled before it began' }), ports)
      else ports.store.requestCancel(id, graceMs)
    }
  })
  await waitForEnd(open, { any: false, timeoutMs: graceMs + hostMs }, ports, context)
  if (ports.store.dir.endsWith('/tasks')) {
    await pump(ports)
    // What never had a host has nobody else who would run it.
    await settleOnEnd(ports)
  }
  return ids.flatMap((id) => {
    const job = ports.store.read(id)
    if (job === null) return []
    const survivors = job.end?.survivors ?? []
    return [{ id, status: statusOf(job), before: !open.includes(id), survivors }]
  })
}

/** Could it not be ended wholly? */
export function isLeft({ status, survivors }: CancelledJob): boolean {
  return status === 'running' || survivors.length > 0
}

export async function cancelJobs(
  ids: readonly string[],
  grace: number | null,
  ports: JobPorts,
  context: Context,
): Promise<CommandResult> {
  const results = await endJobs(ids, grace, ports, context)
  return {
    exitCode: results.some(isLeft) ? ExitCode.failed : ExitCode.ok,
    json: results,
    human: () => results.map((job) => `${job.id} ${endText(job)}`).join('\n'),
  }
}

/** `cancelled`, and what is left of it. */
export function endText(
  job: Pick<CancelledJob, 'before' | 'survivors'> & { readonly status: string },
): string {
  const { status, before, survivors } = job
  const rest = survivors.length === 0 ? '' : `, still alive: pid ${survivors.join(', ')}`
  return `${before ? 'had ended: ' : ''}${status}${rest}`
}
