import { type ErrorDetail, TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { Launch } from '../model/launch.ts'
import type { Outcome } from '../model/plan.ts'
import type { EnginePorts } from './ports.ts'

/** An agent that says nothing of its readiness is taken for ready after it has lived so long. ms. */
const stableMs = 1_000
const pollMs = 50

/** Waits until every started agent has lived a second, has failed, or time is up. */
export async function waitUntilStable(
  outcomes: readonly Outcome[],
  wanted: readonly Launch[],
  timeoutMs: number,
  ports: EnginePorts,
): Promise<{ outcomes: readonly Outcome[]; notReady: readonly AgentId[] }> {
  const launches = new Map(wanted.map((launch) => [launch.id, launch]))
  const deadline = ports.now() + timeoutMs
  const waiting = new Set(
    outcomes.filter((o) => o.ok && (o.action === 'start' || o.action === 'restart')).map((o) => o.id),
  )
  const failed = new Map<AgentId, ErrorDetail>()
  while (waiting.size > 0) {
    for (const id of waiting) {
      const verdict = stability(launches.get(id), ports)
      if (verdict === 'not yet') continue
      waiting.delete(id)
      if (verdict !== 'stable') failed.set(id, verdict)
    }
    if (waiting.size === 0 || ports.now() >= deadline || ports.interrupted.aborted) break
    await ports.sleep(pollMs, ports.interrupted)
  }
  return {
    outcomes: outcomes.map((outcome) => {
      const error = failed.get(outcome.id)
      return error === undefined ? outcome : { ...outcome, ok: false, error }
    }),
    notReady: [...waiting],
  }
}

function stability(launch: Launch | undefined, ports: EnginePorts): 'stable' | 'not yet' | ErrorDetail {
  if (launch === undefined) return 'stable'
  const { last, at } = ports.record(launch.agentDir)
  switch (last?.kind) {
    case undefined:
      return 'not yet'
    case 'start':
      return at !== null && ports.now() - at >= stableMs ? 'stable' : 'not yet'
    case 'backoff':
      return 'not yet'
    case 'exit':
      if (willRestart(launch, last.code)) return 'not yet'
      if (last.code === 0) return 'stable'
      return exited(launch, last.signal ?? `exit ${last.code}`)
    case 'gave-up':
    case 'error':
      return exited(launch, 'and will not be restarted')
    default:
      return last satisfies never
  }
}

/** The wrapper has not yet said so: between an exit and the pause after it lies a moment. */
function willRestart({ restart }: Launch, code: number | null): boolean {
  return restart.policy !== 'no' && !(restart.policy === 'on-failure' && code === 0)
}

function exited(launch: Launch, how: string): ErrorDetail {
  return new TeamError('agent-exited', `${launch.id} ended while it was waited for (${how})`, {
    hint: `see why with: team logs ${launch.id}`,
  }).toDetail()
}
