import { type Job, type JobKind, type JobSummary, statusOf, type TaskStatus } from '../model/job.ts'
import { humanAge, safeText } from './human.ts'
import type { Paint, Style } from './style.ts'
import { alignedColumns, type FilledColumn } from './table.ts'

/** What `--json` shows of a task. Unknown values are null. */
export interface TaskJson {
  readonly id: string
  readonly kind: JobKind
  readonly agent: string | null
  readonly project: string | null
  readonly role: string | null
  readonly runtime: string | null
  readonly model: string | null
  readonly command: readonly string[]
  readonly prompt: string | null
  readonly promptPreview: string | null
  readonly tags: readonly string[]
  readonly status: TaskStatus
  readonly reason: string | null
  readonly exitCode: number | null
  readonly exitSignal: string | null
  readonly sessionId: string | null
  readonly pid: number | null
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly root: string
  readonly parentTaskId: string | null
  readonly parentAgent: string | null
  readonly outputFile: string | null
  readonly result: string | null
  readonly usage: { readonly input: number; readonly output: number } | null
  readonly costUsd: number | null
}

export function taskJson(job: Job, files: { prompt: string | null; output: string | null }): TaskJson {
  const { record, child, end } = job
  const { id, kind, agent, role, runtime, model, command, promptPreview, tags } = record
  return {
    ...{ id, kind, agent, project: agent?.split(':')[0] ?? null, role, runtime, model, command },
    prompt: kind === 'prompt' ? files.prompt : null,
    ...{ promptPreview, tags },
    status: statusOf(job),
    reason: end?.reason ?? null,
    exitCode: end?.exitCode ?? null,
    exitSignal: end?.exitSignal ?? null,
    sessionId: end?.sessionId ?? record.sessionId,
    pid: child?.pid ?? null,
    createdAt: record.createdAt,
    startedAt: child?.startedAt ?? null,
    finishedAt: end?.finishedAt ?? null,
    root: record.root,
    parentTaskId: record.parentTaskId,
    parentAgent: record.parentAgent,
    outputFile: files.output,
    result: end?.result ?? null,
    usage: end?.usage ?? null,
    costUsd: end?.costUsd ?? null,
  }
}

function statusPaint(status: TaskStatus, style: Style): Paint {
  if (status === 'failed' || status === 'lost' || status === 'timed_out') return style.bad
  if (status === 'running') return style.ok
  return status === 'cancelled' ? style.warn : (text) => text
}

export function tasksTable(
  jobs: readonly JobSummary[],
  options: { readonly now: number; readonly width: number | null; readonly style: Style },
): string {
  if (jobs.length === 0) return 'No tasks. Give one to an agent with: team task run AGENT "PROMPT"'
  const column = (title: string, text: (job: JobSummary) => string): FilledColumn => ({
    title,
    dropOrder: title === 'KIND' ? 1 : null,
    texts: jobs.map(text),
    paint: null,
  })
  const columns = [
    column('ID', ({ id }) => safeText(id)),
    column('AGENT', ({ agent }) => safeText(agent ?? '-')),
    column('KIND', ({ kind }) => kind),
    {
      ...column('STATUS', ({ status }) => status),
      paint: (row: number) => statusPaint(jobs[row]?.status ?? 'lost', options.style),
    },
    column('AGE', ({ createdAt }) => humanAge(options.now - Date.parse(createdAt))),
    column('WHAT', ({ what }) => safeText(what)),
  ]
  return alignedColumns(columns, jobs.length, options)
}

/** `show` for people: what is known, a line each. */
export function factLines(facts: Readonly<Record<string, unknown>>, style: Style): string {
  const known = Object.entries(facts).filter(([, value]) => value !== null && !isEmpty(value))
  const width = Math.max(0, ...known.map(([name]) => name.length))
  return known
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return `${style.bold(name.padEnd(width))}  ${text
        .split('\n')
        .map(safeText)
        .join(`\n${' '.repeat(width + 2)}`)}`
    })
    .join('\n')
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
