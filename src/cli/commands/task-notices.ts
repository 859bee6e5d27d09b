import { dirname } from 'node:path'
import { ExitCode, TeamError } from '../../errors.ts'
import { appendLine, makePrivateDirectory, readIfExists } from '../../io/files.ts'
import { isJobId } from '../../io/job-store.ts'
import { type Job, statusOf } from '../../model/job.ts'
import { namePattern } from '../../model/names.ts'
import { factLines } from '../../view/tasks.ts'
import { type CommandResult, flag, listOption, type Run, stringOption } from '../command.ts'
import { listJobs } from '../jobs/find.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { resolveCompose } from '../team.ts'

/**
 * What a reader has been told, a line each in a file that only grows: `?id` before it is told, `!id` once it was. A reader
 * that is killed in between is told that one notice again, with `repeated`: nothing is lost, and nothing comes twice without
 * saying so.
 */
interface ReaderState {
  readonly told: ReadonlySet<string>
  /** Begun, and not known to have been told. */
  readonly telling: ReadonlySet<string>
}

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
  const path = `${ports.store.dir}/.readers/${reader}.log`
  const peek = flag(options, 'peek')
  const acknowledged = listOption(options, 'ack')
  if (peek && acknowledged.length > 0) {
    throw new TeamError('usage', '--peek and --ack are two steps', { hint: 'first --peek, then --ack ID' })
  }
  if (acknowledged.length > 0) return acknowledge(acknowledged, path, ports)
  return ports.locked(async () => {
    const { told, telling } = readState(path)
    const wanted = ({ end }: Job) => end !== null
    const jobs = listJobs(ports, context, { wanted, limit: Number.POSITIVE_INFINITY, skip: told })
    makePrivateDirectory(dirname(path))
    for (const [index, job] of [...jobs].reverse().entries()) {
      const { id } = job.record
      const notice = noticeOf(job, telling.has(id))
      if (!peek) appendLine(path, `?${id}`)
      const between = index === 0 ? '' : '\n'
      context.stdout.write(
        context.globals.json
          ? `${JSON.stringify(notice)}\n`
          : `${between}${factLines(notice, context.style)}\n`,
      )
      await context.stdout.drained()
      if (!peek) appendLine(path, `!${id}`)
    }
    return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
  })
}

/** What a reader has dealt with, by its own word: one that keeps that word beside its work is told exactly once. */
async function acknowledge(ids: readonly string[], path: string, ports: JobPorts): Promise<CommandResult> {
  for (const id of ids) {
    // One that is gone meanwhile was told all the same.
    const job = isJobId(id) ? ports.store.read(id) : null
    if (!isJobId(id) || (job !== null && job.end === null)) {
      throw new TeamError(
        'job-state',
        `there is no notice of ${JSON.stringify(id)} that could be acknowledged`,
        {
          hint: 'team task notices --reader NAME --peek',
        },
      )
    }
  }
  return ports.locked(() => {
    const { told } = readState(path)
    makePrivateDirectory(dirname(path))
    for (const id of ids) if (!told.has(id)) appendLine(path, `!${id}`)
    return { exitCode: ExitCode.ok, json: { acknowledged: ids }, human: () => '' }
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
  const told = new Set<string>()
  const telling = new Set<string>()
  for (const line of (readIfExists(path) ?? '').split('\n')) {
    const id = line.slice(1)
    if (line.startsWith('?')) telling.add(id)
    if (line.startsWith('!')) told.add(id)
  }
  return { told, telling }
}
