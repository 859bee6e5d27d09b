import type { AgentId } from '../model/agent.ts'
import {
  type JobChild,
  type JobEnd,
  type JobIdentity,
  type JobLaunch,
  type JobRecord,
  jobVersion,
  type TaskStatus,
  taskStatuses,
} from '../model/job.ts'
import { isRecord } from '../model/json.ts'
import { runtimeKinds } from '../model/runtime.ts'

/** What the files of a job hold, as far as it is what it should be. */

type Fields = Readonly<Record<string, unknown>>

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

/** `newer`: another version of `team` wrote it. null: it is damaged. */
export function parseRecord(value: Fields): JobRecord | 'newer' | null {
  if (typeof value.version === 'number' && value.version !== jobVersion) return 'newer'
  const { id, kind, createdAt, root } = value
  if (typeof id !== 'string' || typeof createdAt !== 'string' || typeof root !== 'string') return null
  if (kind !== 'prompt' && kind !== 'shell' && kind !== 'process') return null
  return {
    version: jobVersion,
    id,
    kind,
    createdAt,
    root,
    agent: agentOf(value.agent),
    role: text(value.role),
    runtime: runtimeKinds.find((found) => found === value.runtime) ?? null,
    model: text(value.model),
    command: texts(value.command),
    promptPreview: text(value.promptPreview),
    tags: texts(value.tags),
    sessionId: text(value.sessionId),
    parentTaskId: text(value.parentTaskId),
    parentAgent: text(value.parentAgent),
    timeoutMs: number(value.timeoutMs),
    retryOf: text(value.retryOf),
    ...(value.fresh === true ? { fresh: true } : {}),
  }
}

function agentOf(value: unknown): AgentId | null {
  const [project, agent, ...more] = text(value)?.split(':') ?? []
  return project === undefined || agent === undefined || more.length > 0 ? null : `${project}:${agent}`
}

export function parseIdentity(value: unknown): JobIdentity | null {
  if (!isRecord(value)) return null
  const { pid, start, boot } = value
  return typeof pid === 'number' && typeof start === 'string' ? { pid, start, boot: text(boot) } : null
}

export function parseChild(value: unknown): JobChild | null {
  const identity = parseIdentity(value)
  const startedAt = isRecord(value) ? text(value.startedAt) : null
  return identity === null || startedAt === null ? null : { ...identity, startedAt }
}

export function parseEnd(value: unknown): JobEnd | null {
  if (!isRecord(value)) return null
  const outcome = outcomeOf(value.outcome)
  const finishedAt = text(value.finishedAt)
  if (outcome === null || finishedAt === null) return null
  const { usage } = value
  const input = isRecord(usage) ? number(usage.input) : null
  const output = isRecord(usage) ? number(usage.output) : null
  return {
    outcome,
    finishedAt,
    reason: text(value.reason),
    exitCode: number(value.exitCode),
    exitSignal: text(value.exitSignal),
    sessionId: text(value.sessionId),
    result: text(value.result),
    usage: input === null || output === null ? null : { input, output },
    costUsd: number(value.costUsd),
    survivors: Array.isArray(value.survivors) ? value.survivors.filter((pid) => typeof pid === 'number') : [],
  }
}

function outcomeOf(value: unknown): JobEnd['outcome'] | null {
  const status: TaskStatus | undefined = taskStatuses.find((found) => found === value)
  return status === undefined || status === 'queued' || status === 'running' ? null : status
}

export function parseLaunch(value: unknown): JobLaunch | null {
  if (!isRecord(value) || typeof value.cwd !== 'string' || !isRecord(value.env)) return null
  const env = Object.fromEntries(
    Object.entries(value.env).flatMap(([name, found]) => (typeof found === 'string' ? [[name, found]] : [])),
  )
  const resumed = Array.isArray(value.resumed) ? texts(value.resumed) : null
  return { argv: texts(value.argv), resumed, env, cwd: value.cwd, input: text(value.input) }
}
