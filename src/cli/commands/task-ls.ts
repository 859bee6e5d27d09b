import { ExitCode } from '../../errors.ts'
import { type JobTraits, summaryOf } from '../../model/job.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { tasksTable } from '../../view/tasks.ts'
import { candidates } from '../candidates.ts'
import { flag, listOption, numberOption, type Run, stringOption } from '../command.ts'
import type { Context } from '../context.ts'
import { createSummaries, findJob, type JobList, listAll, listJobs } from '../jobs/find.ts'
import { taskJsonOf } from '../jobs/json.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { resolveCompose } from '../team.ts'

const defaultLimit = 20

export const taskLs: Run = async ({ context, args, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'tasks', context)
  await settle(ports, compose.tasks.maxParallel)
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
  const found = isPlain && limit < manyRecords ? newest(limit, ports, context) : listAll(ports, context)
  const summary = createSummaries()
  const isShown = isPlain ? null : found.jobs.map((job) => wanted(summary(job).traits))
  const only = <Item>(all: readonly Item[]): readonly Item[] =>
    isShown === null ? all.slice(0, limit) : all.filter((_, at) => isShown[at]).slice(0, limit)
  const ids = only(found.ids)
  const full = (id: string) => taskJsonOf(ports.store.read(id), ports) ?? []
  return {
    exitCode: ExitCode.ok,
    json: context.globals.json ? ids.flatMap(full) : null,
    human: () =>
      context.globals.quiet
        ? ids.join('\n')
        : found.ids.length > ids.length && ids.length === 0
          ? 'No task is like that.'
          : tasksTable(ids, only(found.jobs), summary, {
              now: context.clock.now(),
              width: context.stdout.columns() || null,
              style: context.style,
            }),
  }
}

/** Opening so many records takes longer than reading the index of all. */
const manyRecords = 100

function newest(limit: number, ports: JobPorts, context: Context): JobList {
  const jobs = listJobs(ports, context, { wanted: () => true, limit })
  return { ids: jobs.map(({ record }) => record.id), jobs: jobs.map(summaryOf) }
}
