import { ExitCode, TeamError } from '../../errors.ts'
import { readIfExists, writeAtomic } from '../../io/files.ts'
import { type Job, statusOf } from '../../model/job.ts'
import { isRecord } from '../../model/json.ts'
import { namePattern } from '../../model/names.ts'
import { factLines } from '../../view/tasks.ts'
import { type Run, stringOption } from '../command.ts'
import { listJobs } from '../jobs/find.ts'
import { jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { resolveCompose } from '../team.ts'

/** What a reader has been told, and what it was being told when it was last asked: that counts once it was printed. */
interface ReaderState {
  readonly told: readonly string[]
  readonly telling: readonly string[]
}

/**
 * Written down before and after: a reader that is killed in between is told once more, with `repeated`, so that
 * nothing is lost, and nothing comes twice without saying so.
 */
export const taskNotices: Run = async ({ context, options }) => {
  const reader = stringOption(options, 'reader')
  if (reader === null || !namePattern.test(reader)) {
    throw new TeamError('usage', 'notices are for a reader with a name of a-z, 0-9, "_" and "-"', {
      hint: 'team task notices --reader NAME',
    })
  }
  const { stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'tasks', context)
  await settle(ports)
  const path = `${ports.store.dir}/.readers/${reader}.json`
  return ports.locked(async () => {
    const { told, telling } = readState(path)
    const known = new Set(told)
    const repeated = new Set(telling)
    const wanted = ({ end }: Job) => end !== null
    const { jobs } = listJobs(ports, { wanted, limit: Number.POSITIVE_INFINITY, skip: known })
    const notices = [...jobs].reverse().map((job) => noticeOf(job, repeated.has(job.record.id)))
    if (notices.length > 0) {
      const ids = notices.map(({ id }) => id)
      writeAtomic(path, JSON.stringify({ told, telling: ids }))
      const text = context.globals.json
        ? notices.map((notice) => `${JSON.stringify(notice)}\n`).join('')
        : `${notices.map((notice) => factLines(notice, context.style)).join('\n\n')}\n`
      context.stdout.write(text)
      await context.stdout.drained()
      writeAtomic(path, JSON.stringify({ told: [...told, ...ids], telling: [] }))
    }
    return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
  })
}

function noticeOf(job: Job, repeated: boolean) {
  const { record, end } = job
  return {
    id: record.id,
    kind: record.kind,
    agent: record.agent,
    status: statusOf(job),
    reason: end?.reason ?? null,
    exitCode: end?.exitCode ?? null,
    finishedAt: end?.finishedAt ?? null,
    result: end?.result?.slice(0, 1_000) ?? null,
    repeated,
  }
}

function readState(path: string): ReaderState {
  const none = { told: [], telling: [] }
  try {
    const value: unknown = JSON.parse(readIfExists(path) ?? 'null')
    return isRecord(value) ? { told: words(value.told), telling: words(value.telling) } : none
  } catch {
    return none
  }
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}
