import {
  type Job,
  type JobKind,
  type JobSummary,
  type JobTraits,
  statusOf,
  type TaskStatus,
} from '../model/job.ts'
import { humanAge, safeText } from './human.ts'
import { longTable } from './long-table.ts'
import type { Paint, Style } from './style.ts'
import type { Cell } from './table.ts'

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

/**
 * @param ids of the tasks, in their order
 * @param summary is called once for each
 */
export function tasksTable<Task>(
  ids: readonly string[],
  tasks: readonly Task[],
  summary: (task: Task) => Omit<JobSummary, 'id'>,
  options: { readonly now: number; readonly width: number | null; readonly style: Style },
): string {
  if (tasks.length === 0) return 'No tasks. Give one to an agent with: team task run AGENT "PROMPT"'
  const columns = ['ID', 'AGENT', 'KIND', 'STATUS', 'AGE', 'WHAT'].map((title) => ({
    title,
    dropOrder: title === 'KIND' ? 1 : null,
  }))
  const cellsOf = sharedCells(options)
  const shared = new Array<readonly Cell[]>(tasks.length)
  const lasts = tasks.map((task, row) => {
    const { createdAt, what, traits } = summary(task)
    shared[row] = cellsOf(createdAt, traits)
    return what
  })
  return longTable(columns, { firsts: ids, shared, lasts }, options)
}

function sharedCells({ now, style }: { readonly now: number; readonly style: Style }) {
  const ageOf = createAges(now)
  const known = new Map<JobTraits, Map<string, readonly Cell[]>>()
  let last: { traits: JobTraits; age: string; cells: readonly Cell[] } | null = null
  return (createdAt: string, traits: JobTraits): readonly Cell[] => {
    const age = ageOf(createdAt)
    if (last?.traits === traits && last.age === age) return last.cells
    const made = known.get(traits) ?? new Map<string, readonly Cell[]>()
    known.set(traits, made)
    const cells = made.get(age) ?? [
      { text: safeText(traits.agent ?? '-'), paint: null },
      { text: traits.kind, paint: null },
      { text: traits.status, paint: statusPaint(traits.status, style) },
      { text: age, paint: null },
    ]
    made.set(age, cells)
    last = { traits, age, cells }
    return cells
  }
}

const usualTime = '2026-01-01T00:00:00.000Z'

/** Hours and minutes of ISO times: letters that they have in common, and how long they last in ms. */
const periods = [
  { letters: '2026-01-01T00'.length, ms: 3_600_000 },
  { letters: '2026-01-01T00:00'.length, ms: 60_000 },
] as const

/** How old what was made then is. All that was made in the same hour, or minute, mostly is of one age: it is worked out once. */
function createAges(now: number): (createdAt: string) => string {
  let period = '-'
  let text = ''
  return (createdAt) => {
    const isUsual = createdAt.length === usualTime.length
    if (isUsual && createdAt.startsWith(period)) return text
    const at = Date.parse(createdAt)
    text = humanAge(now - at)
    const same = periods.find(({ ms }) => {
      const begin = Math.floor(at / ms) * ms
      return humanAge(now - begin) === text && humanAge(now - begin - ms + 1) === text
    })
    period = same === undefined || !isUsual ? '-' : createdAt.slice(0, same.letters)
    return text
  }
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
