import type { AgentId } from './agent.ts'
import type { RuntimeKind } from './runtime.ts'

/** Counts the shapes that a record has had; others are refused. */
export const jobVersion = 1

/** What runs detached for an agent: one prompt, one shell command, or a program that is talked to. */
export type JobKind = 'prompt' | 'shell' | 'process'

/** A process for ever: a pid alone passes to others, and start times begin anew with each boot. */
export interface JobIdentity {
  readonly pid: number
  readonly start: string
  /** null where the host does not tell. */
  readonly boot: string | null
}

/** `job.json`: written once, before anything runs. */
export interface JobRecord {
  readonly version: typeof jobVersion
  /** Sorts by the time of its making. */
  readonly id: string
  readonly kind: JobKind
  /** null: a process that a person started for nobody. */
  readonly agent: AgentId | null
  readonly role: string | null
  readonly runtime: RuntimeKind | null
  readonly model: string | null
  /** argv; the prompt in it is `{{prompt}}`. */
  readonly command: readonly string[]
  readonly promptPreview: string | null
  readonly tags: readonly string[]
  /** The session that is taken up, or begun with this id; null: one of its own. */
  readonly sessionId: string | null
  readonly createdAt: string
  /** Working directory, absolute. */
  readonly root: string
  readonly parentTaskId: string | null
  readonly parentAgent: string | null
  /** ms; null: as long as it takes. */
  readonly timeoutMs: number | null
  /** Of the task that it repeats. */
  readonly retryOf: string | null
  /** It was to begin a new session. */
  readonly fresh?: boolean
}

/** `child.json`: the program, once it runs. */
export interface JobChild extends JobIdentity {
  readonly startedAt: string
}

export type JobOutcome = 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'lost'

/** `end.json`: made once and never changed. */
export interface JobEnd {
  readonly outcome: JobOutcome
  readonly reason: string | null
  readonly exitCode: number | null
  readonly exitSignal: string | null
  readonly finishedAt: string
  readonly sessionId: string | null
  readonly result: string | null
  readonly usage: { readonly input: number; readonly output: number } | null
  readonly costUsd: number | null
  /** Processes that outlived the attempt to end them. */
  readonly survivors: readonly number[]
}

/** All that is known of a job. `end` null and `host` null: it is queued. */
export interface Job {
  readonly record: JobRecord
  readonly host: JobIdentity | null
  readonly child: JobChild | null
  readonly end: JobEnd | null
}

/** What a list shows of a job. */
export interface JobSummary extends Pick<JobRecord, 'id' | 'createdAt'> {
  /** The beginning of what was asked. */
  readonly what: string
  readonly used: Used | null
  readonly traits: JobTraits
}

/** What it took; null in a summary: neither is known. */
export type Used = Pick<JobEnd, 'usage' | 'costUsd'>

/** What many jobs of a list have in common. */
export interface JobTraits extends Pick<JobRecord, 'agent' | 'kind' | 'runtime' | 'parentTaskId' | 'tags'> {
  readonly status: TaskStatus
}

export type TaskStatus = 'queued' | 'running' | JobOutcome

export const taskStatuses = [
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'lost',
] as const satisfies readonly TaskStatus[]

export function statusOf({ host, end }: Pick<Job, 'host' | 'end'>): TaskStatus {
  return end?.outcome ?? (host === null ? 'queued' : 'running')
}

const summaryLength = 60

export function summaryOf(job: Job): JobSummary {
  const { id, agent, kind, runtime, createdAt, parentTaskId, tags, promptPreview, command } = job.record
  const what = [...(promptPreview ?? command.at(-1) ?? '').slice(0, 2 * summaryLength)].slice(
    0,
    summaryLength,
  )
  const traits = { agent, kind, runtime, parentTaskId, tags, status: statusOf(job) }
  const { usage = null, costUsd = null } = job.end ?? {}
  const used = usage === null && costUsd === null ? null : { usage, costUsd }
  return { id, createdAt, what: what.join(''), used, traits }
}

/** `launch.json`: what the host runs. Holds secrets, and is removed once it runs. */
export interface JobLaunch {
  /** The id of a new session is in it already. */
  readonly argv: readonly string[]
  /** The same for a session that is taken up, whose id is `sessionWord`; null: a new one is wanted, or there are none. */
  readonly resumed: readonly string[] | null
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** All of standard input; null: there is none. */
  readonly input: string | null
}

/** Variable that marks every process of a job, however far it wandered from its parent. */
export function jobMarker(kind: JobKind): 'TEAM_TASK_ID' | 'TEAM_PROCESS_ID' {
  return kind === 'process' ? 'TEAM_PROCESS_ID' : 'TEAM_TASK_ID'
}

/** Names of the byte logs in the directory of a job. */
export const jobLogs = { output: 'output', stdout: 'stdout', stderr: 'stderr' } as const
