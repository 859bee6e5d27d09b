import { ExitCode, TeamError } from '../../errors.ts'
import { byteLogFile, readByteLog } from '../../io/byte-log.ts'
import { type Job, type JobTraits, statusOf, summaryOf, taskStatuses } from '../../model/job.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { factLines, taskJson, tasksTable } from '../../view/tasks.ts'
import { candidates } from '../candidates.ts'
import { flag, listOption, numberOption, type Run, stringOption } from '../command.ts'
import type { Context } from '../context.ts'
import { cancelJobs } from '../jobs/cancel.ts'
import { jobLogs } from '../jobs/child.ts'
import { createSummaries, findJob, listAll, listedId, listJobs } from '../jobs/find.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { exitCodeOf, followOutput, tailOffset, waitForEnd } from '../jobs/watch.ts'
import { resolveCompose } from '../team.ts'

const defaultLimit = 20

/** The records, made true first. */
async function openTasks(context: Context): Promise<JobPorts> {
  const { stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'tasks', context)
  await settle(ports)
  return ports
}

function jsonOf(job: Job | null, { store }: JobPorts): unknown {
  if (job === null) return null
  const { id } = job.record
  return taskJson(job, {
    prompt: store.prompt(id),
    output: byteLogFile(store.directory(id), jobLogs.output),
  })
}

export const taskLs: Run = async ({ context, args, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'tasks', context)
  await settle(ports)
  const scope = resolveTargets(args, candidates(compose.agents, []))
  const statuses = listOption(options, 'status')
  const tags = listOption(options, 'tag')
  const runtimes = listOption(options, 'runtime')
  const children = stringOption(options, 'children')
  const parent = children === null ? null : findJob(children, ports, context).record.id
  const limit = flag(options, 'all')
    ? Number.POSITIVE_INFINITY
    : (numberOption(options, 'last') ?? defaultLimit)
  const wanted = ({ agent, status, runtime, tags: own, parentTaskId }: JobTraits): boolean =>
    (scope === null || (agent !== null && scope.has(agent))) &&
    (statuses.length === 0 || statuses.includes(status)) &&
    (runtimes.length === 0 || runtimes.includes(runtime ?? '')) &&
    tags.every((tag) => own.includes(tag)) &&
    (parent === null || parentTaskId === parent)
  const filters = [statuses, tags, runtimes].flat()
  const isPlain = scope === null && filters.length === 0 && parent === null
  const { listed, damaged } = isPlain && limit < manyRecords ? newest(limit, ports) : listAll(ports)
  const summary = createSummaries()
  const shown = (isPlain ? listed : listed.filter((job) => wanted(summary(job).traits))).slice(0, limit)
  for (const id of damaged) setAside(id, ports, context)
  const full = (id: string) => jsonOf(ports.store.read(id), ports) ?? []
  return {
    exitCode: ExitCode.ok,
    json: context.globals.json ? shown.map(listedId).flatMap(full) : null,
    human: () =>
      context.globals.quiet
        ? shown.map(listedId).join('\n')
        : tasksTable(shown, summary, {
            now: context.clock.now(),
            width: context.stdout.columns() || null,
            style: context.style,
          }),
  }
}

/** Opening so many records takes longer than reading the index of all. */
const manyRecords = 100

function newest(limit: number, ports: JobPorts): ReturnType<typeof listAll> {
  const { jobs, damaged } = listJobs(ports, { wanted: () => true, limit })
  return { listed: jobs.map(summaryOf), damaged }
}

/** A task that is just being made has no record yet either: only what stays so is damaged. */
const makingMs = 10_000

function setAside(id: string, { store, clock }: JobPorts, { stderr, errorStyle }: Context): void {
  if (clock.now() - Number.parseInt(id.slice(0, 9), 36) < makingMs) return
  stderr.write(
    `${errorStyle.warn('warning:')} the record of ${id} is damaged: moved to ${store.setAside(id)}\n`,
  )
}

export const taskShow: Run = async ({ context, args }) => {
  const ports = await openTasks(context)
  const json = args.map((id) => jsonOf(findJob(id, ports, context), ports))
  return {
    exitCode: ExitCode.ok,
    json: json.length === 1 ? json[0] : json,
    human: () => json.map((facts) => factLines({ ...Object(facts) }, context.style)).join('\n\n'),
  }
}

export const taskOutput: Run = async ({ context, args, options }) => {
  const ports = await openTasks(context)
  const { record, end } = findJob(args[0] ?? '', ports, context)
  if (flag(options, 'result')) {
    return {
      exitCode: ExitCode.ok,
      json: { id: record.id, result: end?.result ?? null },
      human: () => end?.result ?? '',
    }
  }
  const dir = ports.store.directory(record.id)
  const lines = numberOption(options, 'tail')
  const offset = lines === null ? 0 : tailOffset(dir, jobLogs.output, lines)
  const first = readByteLog(dir, jobLogs.output, offset, 0)
  if (first.dropped > 0) context.stderr.write(`${first.dropped} bytes before this were dropped\n`)
  if (flag(options, 'follow')) {
    const whole = await followOutput(record.id, { name: jobLogs.output, offset }, ports, context)
    return { exitCode: whole ? ExitCode.ok : ExitCode.interrupted, json: undefined, human: () => '' }
  }
  const { bytes } = readByteLog(dir, jobLogs.output, offset)
  if (!context.globals.json) context.stdout.write(bytes)
  return {
    exitCode: ExitCode.ok,
    json: { id: record.id, output: bytes.toString(), dropped: first.dropped },
    human: () => '',
  }
}

export const taskWait: Run = async ({ context, args, options }) => {
  const ports = await openTasks(context)
  const ids = args.map((id) => findJob(id, ports, context).record.id)
  const any = flag(options, 'any')
  const jobs = await waitForEnd(ids, { any, timeoutMs: numberOption(options, 'timeout') }, ports, context)
  const ended = jobs.filter(({ end }) => end !== null)
  if (context.interrupt.stop.aborted && (any ? ended.length === 0 : ended.length < jobs.length)) {
    throw new TeamError('interrupted', 'no longer waiting; the tasks go on', { hint: 'team task ls' })
  }
  const counted = any && ended.length > 0 ? ended : jobs
  const codes = counted.map(exitCodeOf)
  return {
    exitCode: codes.includes(ExitCode.failed)
      ? ExitCode.failed
      : codes.includes(4)
        ? ExitCode.timeout
        : ExitCode.ok,
    json: jobs.map((job) => jsonOf(job, ports)),
    human: () => jobs.map((job) => `${job.record.id} ${statusOf(job)}`).join('\n'),
  }
}

export const taskCancel: Run = async ({ context, args, options }) => {
  const ports = await openTasks(context)
  const all = flag(options, 'all')
  if (all === args.length > 0) {
    throw new TeamError('usage', 'name the tasks, or give --all', { hint: 'team task ls' })
  }
  const ids = all
    ? ports.store.active().map(({ id }) => id)
    : args.map((id) => findJob(id, ports, context).record.id)
  return cancelJobs(ids, numberOption(options, 'grace'), ports, context)
}

export const taskRm: Run = async ({ context, args }) => {
  const ports = await openTasks(context)
  const jobs = args.map((id) => findJob(id, ports, context))
  const live = jobs.find(({ end }) => end === null)
  if (live !== undefined) {
    throw new TeamError('job-state', `task ${live.record.id} is ${statusOf(live)}`, {
      hint: `team task cancel ${live.record.id}`,
    })
  }
  return removeAll(jobs, ports)
}

export const taskPrune: Run = async ({ context, options }) => {
  const ports = await openTasks(context)
  const before = context.clock.now() - (numberOption(options, 'olderThan') ?? 0)
  const wanted = ({ end }: Job) => end !== null && Date.parse(end.finishedAt) <= before
  return removeAll(listJobs(ports, { wanted, limit: Number.POSITIVE_INFINITY }).jobs, ports)
}

function removeAll(jobs: readonly Job[], { store }: JobPorts): Awaited<ReturnType<Run>> {
  for (const { record } of jobs) store.remove(record.id)
  const ids = jobs.map(({ record }) => record.id)
  return { exitCode: ExitCode.ok, json: { removed: ids }, human: () => ids.join('\n') }
}

export const taskStats: Run = async ({ context }) => {
  const ports = await openTasks(context)
  const { jobs } = listJobs(ports, { wanted: () => true, limit: Number.POSITIVE_INFINITY })
  const count = (status: string) => jobs.filter((job) => statusOf(job) === status).length
  const ends = jobs.flatMap(({ end }) => end ?? [])
  const sum = (value: (end: (typeof ends)[number]) => number) =>
    ends.reduce((total, end) => total + value(end), 0)
  const json = {
    total: jobs.length,
    ...Object.fromEntries(taskStatuses.map((status) => [status, count(status)])),
    inputTokens: sum(({ usage }) => usage?.input ?? 0),
    outputTokens: sum(({ usage }) => usage?.output ?? 0),
    costUsd: sum(({ costUsd }) => costUsd ?? 0),
  }
  return { exitCode: ExitCode.ok, json, human: () => factLines(json, context.style) }
}
