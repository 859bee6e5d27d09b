import { ExitCode } from '../../errors.ts'
import { readEvents } from '../../io/event-reader.ts'
import { fileRecords } from '../../io/records.ts'
import { type AgentRun, runsOf } from '../../model/history.ts'
import { type Job, statusOf } from '../../model/job.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { agentDirectory } from '../../render/launch.ts'
import { type HistoryEntry, historyTable } from '../../view/history.ts'
import { processState } from '../../view/processes.ts'
import { candidates } from '../candidates.ts'
import { flag, listOption, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { listJobs } from '../jobs/find.ts'
import { type JobFolder, jobPorts } from '../jobs/ports.ts'
import { settle } from '../jobs/queue.ts'
import { resolveCompose } from '../team.ts'

const defaultLimit = 20

/** Runs of agents, as the events tell, and of tasks and processes, as their records do; the newest first. */
export const history: Run = async ({ context, args, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const runs = trueRuns(runsOf(readEvents(`${stateDir}/events.jsonl`).events), stateDir, context)
  // Runs outlive the agents that the file knows.
  const seen = [...new Set(runs.map(({ agent }) => agent))].map((id) => ({ id, role: null }))
  const scope = resolveTargets(args, candidates(compose.agents, seen))
  const kinds = listOption(options, 'kind')
  const since = numberOption(options, 'since') ?? Number.NEGATIVE_INFINITY
  const limit = flag(options, 'all')
    ? Number.POSITIVE_INFINITY
    : (numberOption(options, 'limit') ?? defaultLimit)
  const wanted = (entry: HistoryEntry): boolean =>
    (kinds.length === 0 || kinds.includes(entry.kind)) &&
    (scope === null || (entry.agent !== null && scope.has(entry.agent))) &&
    Date.parse(entry.startedAt ?? '') >= since
  const jobs = async (folder: JobFolder, skipped: boolean): Promise<readonly HistoryEntry[]> => {
    if (skipped) return []
    const ports = jobPorts(stateDir, folder, context)
    await settle(ports)
    const entryOf = (job: Job): HistoryEntry => jobEntry(job, context.clock.now())
    const found = listJobs(ports, context, { wanted: (job) => !isQueued(job) && wanted(entryOf(job)), limit })
    return found.map(entryOf)
  }
  const skips = (...of: readonly string[]): boolean =>
    kinds.length > 0 && !of.some((kind) => kinds.includes(kind))
  const entries = [
    ...runs.map((run) => runEntry(run, context.clock.now())).filter(wanted),
    ...(await jobs('tasks', skips('prompt', 'shell'))),
    ...(await jobs('processes', skips('process'))),
  ]
  const newest = entries
    .toSorted((one, other) => (other.startedAt ?? '').localeCompare(one.startedAt ?? ''))
    .slice(0, limit)
  return {
    exitCode: ExitCode.ok,
    json: newest,
    human: () =>
      historyTable(newest, {
        now: context.clock.now(),
        width: context.stdout.columns() || null,
        style: context.style,
      }),
  }
}

/** Only what its wrapper's journal says to run, and does, is still running. */
function trueRuns(
  runs: readonly AgentRun[],
  stateDir: string,
  { processes }: Pick<Context, 'processes'>,
): readonly AgentRun[] {
  return runs.map((run) => {
    if (run.status !== 'running') return run
    const [project = '', agent = ''] = run.agent.split(':')
    const { last } = fileRecords.read(agentDirectory(stateDir, project, agent))
    const goesOn = last?.kind === 'start' && last.pid === run.pid && processes.find(last.pid) !== null
    return goesOn ? run : { ...run, status: 'unknown' }
  })
}

const isQueued = (job: Job): boolean => statusOf(job) === 'queued'

function runEntry(run: AgentRun, now: number): HistoryEntry {
  const { agent, status, startedAt, finishedAt, exitCode, exitSignal } = run
  const durationMs = took(startedAt, finishedAt, status === 'running' ? now : null)
  return {
    ...{ kind: 'agent', id: null, agent, status, reason: null, startedAt, finishedAt, durationMs },
    ...{ exitCode, exitSignal, what: null },
  }
}

function jobEntry(job: Job, now: number): HistoryEntry {
  const { record, child, end } = job
  const startedAt = child?.startedAt ?? record.createdAt
  return {
    kind: record.kind,
    id: record.id,
    agent: record.agent,
    status: record.kind === 'process' ? processState(job) : statusOf(job),
    reason: end?.reason ?? null,
    startedAt,
    finishedAt: end?.finishedAt ?? null,
    durationMs: took(startedAt, end?.finishedAt ?? null, end === null ? now : null),
    exitCode: end?.exitCode ?? null,
    exitSignal: end?.exitSignal ?? null,
    what: record.promptPreview ?? whatRan(record),
  }
}

/** A task's command is a shell with its text, a process's is its argv. */
function whatRan({ kind, command }: Job['record']): string | null {
  return kind === 'process' ? command.join(' ') : (command.at(-1) ?? null)
}

/** ms; null: when it ended is not known. */
function took(from: string, to: string | null, now: number | null): number | null {
  const until = to === null ? now : Date.parse(to)
  return until === null ? null : Math.max(0, until - Date.parse(from))
}
