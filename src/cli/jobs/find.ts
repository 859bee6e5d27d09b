import { TeamError } from '../../errors.ts'
import { idPattern } from '../../io/job-store.ts'
import type { Job } from '../../model/job.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from './ports.ts'

/** The job of that id, `self` being the one that runs this command. @throws TeamError `job-unknown`, `record-version` */
export function findJob(text: string, { store }: JobPorts, { env }: Pick<Context, 'env'>): Job {
  const what = store.dir.endsWith('/tasks') ? 'task' : 'process'
  const self = what === 'task' ? env.TEAM_TASK_ID : env.TEAM_PROCESS_ID
  const id = text === 'self' ? (self ?? '') : text
  if (text === 'self' && id === '') {
    throw new TeamError('job-unknown', `"self" is the ${what} that runs the command, and this is none`, {
      hint: `team ${what} ls`,
    })
  }
  const job = idPattern.test(id) ? store.read(id) : null
  if (job !== null) return job
  throw new TeamError('job-unknown', `no ${what} ${JSON.stringify(id)}`, { hint: `team ${what} ls` })
}

/** The newest first, until there are enough; `damaged` are records that cannot be read. */
export function listJobs(
  { store }: JobPorts,
  options: { readonly wanted: (job: Job) => boolean; readonly limit: number },
): { readonly jobs: readonly Job[]; readonly damaged: readonly string[] } {
  const jobs: Job[] = []
  const damaged: string[] = []
  for (const id of store.ids()) {
    if (jobs.length >= options.limit) break
    const job = store.read(id)
    if (job === null) damaged.push(id)
    else if (options.wanted(job)) jobs.push(job)
  }
  return { jobs, damaged }
}
