import { StringDecoder } from 'node:string_decoder'
import { ExitCode, TeamError } from '../../errors.ts'
import { readByteLog } from '../../io/byte-log.ts'
import { type Job, jobLogs, statusOf, taskStatuses } from '../../model/job.ts'
import { factLines } from '../../view/tasks.ts'
import { flag, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { cancelJobs } from '../jobs/cancel.ts'
import { createSummaries, findJob, listAll, listJobs } from '../jobs/find.ts'
import { taskJsonOf } from '../jobs/json.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { droppedText, exitCodeOf, followOutput, tailOffset, waitForEnd } from '../jobs/watch.ts'
import { resolveCompose } from '../team.ts'

/** The records, made true first. */
async function openTasks(context: Context): Promise<JobPorts> {
  const { compose, stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'tasks', context)
  await settle(ports, compose.tasks.maxParallel)
  return ports
}

export const taskShow: Run = async ({ context, args }) => {
  const ports = await openTasks(context)
  const json = args.map((id) => taskJsonOf(findJob(id, ports, context), ports))
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
  if (flag(options, 'follow')) {
    const shown = context.globals.json ? asJsonLines(record.id, context) : context
    const whole = await followOutput(record.id, { name: jobLogs.output, offset }, ports, shown)
    return { exitCode: whole ? ExitCode.ok : ExitCode.interrupted, json: undefined, human: () => '' }
  }
  const { bytes, dropped } = readByteLog(dir, jobLogs.output, offset)
  if (dropped > 0) context.stderr.write(droppedText(dropped))
  if (!context.globals.json) context.stdout.write(bytes)
  return {
    exitCode: ExitCode.ok,
    json: { id: record.id, output: bytes.toString(), dropped },
    human: () => '',
  }
}

/** Output as `{id, output}`, a line for each part that comes; characters are not taken apart. */
function asJsonLines(id: string, context: Context): Context {
  const decoder = new StringDecoder('utf8')
  const write = (part: string | Uint8Array) => {
    const output = decoder.write(Buffer.from(part))
    if (output !== '') context.stdout.write(`${JSON.stringify({ id, output })}\n`)
  }
  return { ...context, stdout: { ...context.stdout, write } }
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
    json: jobs.map((job) => taskJsonOf(job, ports)),
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
  return removeAll(listJobs(ports, context, { wanted, limit: Number.POSITIVE_INFINITY }), ports)
}

function removeAll(jobs: readonly Job[], { store }: JobPorts): Awaited<ReturnType<Run>> {
  for (const { record } of jobs) store.remove(record.id)
  const ids = jobs.map(({ record }) => record.id)
  return { exitCode: ExitCode.ok, json: { removed: ids }, human: () => ids.join('\n') }
}

export const taskStats: Run = async ({ context }) => {
  const ports = await openTasks(context)
  const { jobs } = listAll(ports, context)
  const summary = createSummaries()
  const counts = new Map<string, number>(taskStatuses.map((status) => [status, 0]))
  const sums = { inputTokens: 0, outputTokens: 0, costUsd: 0 }
  for (const job of jobs) {
    const { traits, used } = summary(job)
    counts.set(traits.status, (counts.get(traits.status) ?? 0) + 1)
    sums.inputTokens += used?.usage?.input ?? 0
    sums.outputTokens += used?.usage?.output ?? 0
    sums.costUsd += used?.costUsd ?? 0
  }
  const json = { total: jobs.length, ...Object.fromEntries(counts), ...sums }
  return { exitCode: ExitCode.ok, json, human: () => factLines(json, context.style) }
}
