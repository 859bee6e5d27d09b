import type { AgentId } from './agent.ts'
import type { TeamEvent } from './event.ts'

/**
 * How one run of an agent ended. drained and killed: by `team`, in its own time or by force. unknown: nobody saw its end
 * (its wrapper was killed, or the machine went down).
 */
export type RunStatus = 'running' | 'exited' | 'failed' | 'drained' | 'killed' | 'unknown'

/** From the start of an agent's program to its end. Times are ISO 8601 UTC. */
export interface AgentRun {
  readonly agent: AgentId
  readonly status: RunStatus
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly pid: number | null
  /** 1 for the first since `up`; the others are restarts. */
  readonly run: number | null
  readonly exitCode: number | null
  readonly exitSignal: string | null
}

/** The runs that events tell of, oldest first. A run that nobody has seen end is `running`: the caller knows better. */
export function runsOf(events: readonly TeamEvent[]): readonly AgentRun[] {
  const runs: AgentRun[] = []
  /** Place of the last run of each agent. */
  const last = new Map<AgentId, number>()
  for (const event of events) {
    const { id } = event
    if (id === null) continue
    const at = last.get(id)
    const run = at === undefined ? null : (runs[at] ?? null)
    if (event.event === 'started') {
      // No end was told before the next start.
      if (at !== undefined && run?.status === 'running') runs[at] = { ...run, status: 'unknown' }
      last.set(id, runs.push(begun(event, id)) - 1)
    } else if (at !== undefined && run !== null) {
      const next = ended(run, event)
      if (next !== null) runs[at] = next
      // What is told of an agent that was drained a second time is not about that run.
      if (next !== null && event.event !== 'exited') last.delete(id)
    }
  }
  return runs
}

function begun(event: TeamEvent, agent: AgentId): AgentRun {
  return {
    agent,
    status: 'running',
    startedAt: event.time,
    finishedAt: null,
    pid: number(event.pid),
    run: number(event.run),
    exitCode: null,
    exitSignal: null,
  }
}

/** null: the event does not tell of an end. */
function ended(run: AgentRun, event: TeamEvent): AgentRun | null {
  const code = number(event.code)
  const signal = typeof event.signal === 'string' ? event.signal : null
  if (event.event === 'exited') {
    const status = code === 0 ? 'exited' : 'failed'
    return { ...run, status, finishedAt: event.time, exitCode: code, exitSignal: signal }
  }
  if (event.event !== 'drained' && event.event !== 'killed') return null
  return {
    ...run,
    status: event.event,
    finishedAt: run.finishedAt ?? event.time,
    exitCode: run.exitCode ?? code,
    exitSignal: run.exitSignal ?? signal,
  }
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
