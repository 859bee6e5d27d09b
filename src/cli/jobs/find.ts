import { TeamError } from '../../errors.ts'
import { isIndexLine, parseIndexLine } from '../../io/job-index.ts'
import { idPattern } from '../../io/job-store.ts'
import { type Job, type JobSummary, summaryOf } from '../../model/job.ts'
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
  options: {
    readonly wanted: (job: Job) => boolean
    readonly limit: number
    /** These need not be read. */
    readonly skip?: ReadonlySet<string>
  },
): { readonly jobs: readonly Job[]; readonly damaged: readonly string[] } {
  const jobs: Job[] = []
  const damaged: string[] = []
  for (const id of store.ids()) {
    if (jobs.length >= options.limit) break
    if (options.skip?.has(id) === true) continue
    const job = store.read(id)
    if (job === null) damaged.push(id)
    else if (options.wanted(job)) jobs.push(job)
  }
  return { jobs, damaged }
}

/** A job in a list; what it shows is only made when it is asked for. */
export interface ListedJob {
  readonly id: string
  readonly summary: () => JobSummary
}

/** All jobs, the newest first: from the index what has ended, from their records all others. */
export function listAll({ store }: JobPorts): {
  readonly listed: readonly ListedJob[]
  readonly damaged: readonly string[]
} {
  const known = store.index.read()
  const listed: ListedJob[] = []
  const missing: JobSummary[] = []
  const damaged: string[] = []
  const ids = store.ids()
  const fromRecord = (id: string): JobSummary | null => {
    const job = store.read(id)
    if (job === null) return null
    const summary = summaryOf(job)
    if (job.end !== null) missing.push(summary)
    return summary
  }
  for (const id of ids) {
    const line = known.get(id)
    if (line !== undefined && isIndexLine(line)) {
      listed.push({ id, summary: () => parseIndexLine(line) })
      continue
    }
    const summary = fromRecord(id)
    if (summary === null) damaged.push(id)
    else listed.push({ id, summary: () => summary })
  }
  store.index.append(missing)
  const there = new Set(known.size > ids.length ? ids : [])
  store.index.tidy(known, (id) => there.has(id), ids.length)
  return { listed, damaged }
}
