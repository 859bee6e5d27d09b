import { ExitCode } from '../../errors.ts'
import { statusOf } from '../../model/job.ts'
import type { CommandResult } from '../command.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from './ports.ts'
import { endOf, finish, pump } from './queue.ts'
import { waitForEnd } from './watch.ts'

/** ms between TERM and KILL. */
const defaultGraceMs = 2_000
/** ms beyond the grace for the host to end what it runs, and to write that down. */
const hostMs = 15_000

/** Ends them with all that they have started, and tells what was seen: what had ended before keeps its status. */
export async function cancelJobs(
  ids: readonly string[],
  grace: number | null,
  ports: JobPorts,
  context: Context,
): Promise<CommandResult> {
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
  if (ports.store.dir.endsWith('/tasks')) await pump(ports)
  const results = ids.flatMap((id) => {
    const job = ports.store.read(id)
    if (job === null) return []
    const survivors = job.end?.survivors ?? []
    return [{ id, status: statusOf(job), before: !open.includes(id), survivors }]
  })
  const failed = results.some(({ status, survivors }) => status === 'running' || survivors.length > 0)
  return {
    exitCode: failed ? ExitCode.failed : ExitCode.ok,
    json: results,
    human: () =>
      results
        .map(({ id, status, before, survivors }) => {
          const rest = survivors.length === 0 ? '' : `, still alive: pid ${survivors.join(', ')}`
          return `${id} ${before ? 'had ended: ' : ''}${status}${rest}`
        })
        .join('\n'),
  }
}
