import { TeamError } from '../../errors.ts'
import { createLineParser, type IndexLine } from '../../io/job-line.ts'
import { isJobId } from '../../io/job-store.ts'
import { type Job, type JobSummary, summaryOf } from '../../model/job.ts'
import type { Context } from '../context.ts'
import { readOrForeign, refuseDamaged, tellUnreadable } from './damaged.ts'
import type { JobPorts } from './ports.ts'

/** The job of that id, `self` being the one that runs this command. @throws TeamError `job-unknown`, `record-version`, `record-damaged` */
export function findJob(text: string, ports: JobPorts, { env }: Pick<Context, 'env'>): Job {
  const { store } = ports
  const what = store.dir.endsWith('/tasks') ? 'task' : 'process'
  const self = what === 'task' ? env.TEAM_TASK_ID : env.TEAM_PROCESS_ID
  const id = text === 'self' ? (self ?? '') : text
  if (text === 'self' && id === '') {
    throw new TeamError('job-unknown', `"self" is the ${what} that runs the command, and this is none`, {
      hint: `team ${what} ls`,
    })
  }
  const job = isJobId(id) ? store.read(id) : null
  if (job !== null) return job
  refuseDamaged(id, ports)
  throw new TeamError('job-unknown', `no ${what} ${JSON.stringify(id)}`, { hint: `team ${what} ls` })
}

/** The newest first, until there are enough; records that cannot be read are told on stderr. */
export function listJobs(
  ports: JobPorts,
  context: Pick<Context, 'stderr' | 'errorStyle'>,
  options: {
    readonly wanted: (job: Job) => boolean
    readonly limit: number
    /** These need not be read. */
    readonly skip?: ReadonlySet<string>
  },
): readonly Job[] {
  const jobs: Job[] = []
  const damaged: string[] = []
  const foreign: string[] = []
  for (const id of ports.store.names()) {
    if (jobs.length >= options.limit) break
    if (!isJobId(id) || options.skip?.has(id) === true) continue
    const job = readOrForeign(id, ports)
    if (job === null) damaged.push(id)
    else if (job === 'foreign') foreign.push(id)
    else if (options.wanted(job)) jobs.push(job)
  }
  tellUnreadable({ damaged, foreign }, ports, context)
  return jobs
}

/** A job in a list: its line of the index, or what its record tells. */
export type ListedJob = IndexLine | JobSummary

/** Jobs of a list; `ids` and `jobs` are of one length and order. */
export interface JobList {
  readonly ids: readonly string[]
  readonly jobs: readonly ListedJob[]
}

/** Lines are taken apart only when somebody looks at them: a list of ids need not. */
export function createSummaries(): (job: ListedJob) => Omit<JobSummary, 'id'> {
  const parse = createLineParser()
  return (job) => (typeof job === 'string' ? parse(job) : job)
}

/** All jobs, the newest first: from the index what has ended, from their records all others. */
export function listAll(ports: JobPorts, context: Pick<Context, 'stderr' | 'errorStyle'>): JobList {
  const { store } = ports
  const names = store.names()
  const known = store.index.read(names)
  const ids: string[] = []
  const jobs: ListedJob[] = []
  const missing: JobSummary[] = []
  const damaged: string[] = []
  const foreign: string[] = []
  names.forEach((id, at) => {
    const line = known[at] ?? null
    if (line !== null) {
      ids.push(id)
      jobs.push(line)
      return
    }
    // Looked at only here: to look at 10,000 takes 4 ms.
    if (!isJobId(id)) return
    const job = readOrForeign(id, ports)
    if (job === null || job === 'foreign') {
      ;(job === null ? damaged : foreign).push(id)
      return
    }
    const summary = summaryOf(job)
    if (job.end !== null) missing.push(summary)
    ids.push(id)
    jobs.push(summary)
  })
  // The oldest first, as they would have come by themselves.
  store.index.append(missing.reverse())
  tellUnreadable({ damaged, foreign }, ports, context)
  return { ids, jobs }
}
