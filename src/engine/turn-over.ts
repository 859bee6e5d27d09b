import type { AgentId } from '../model/agent.ts'
import { type SeenAgent, type WatchEnd, type WatchPorts, watchActivity } from './watch-activity.ts'

/** A turn that is not seen to begin by then was too short to be seen. ms. */
const beginMs = 3_000
/** An agent may look idle for a moment between two messages. */
const neededIdleLooks = 2

export interface TurnOver {
  readonly id: AgentId
  /** late: it goes on. */
  readonly end: 'ended' | 'blocked' | 'gone' | 'late' | 'aborted'
  readonly detail: string | null
}

/** Waits until the turns of agents that have just been given a prompt (at `since`, ms since the epoch) are over. */
export async function turnsOver(
  ids: readonly AgentId[],
  since: number,
  end: WatchEnd,
  ports: WatchPorts,
): Promise<readonly TurnOver[]> {
  const turns = new Map(ids.map((id) => [id, { begun: false, idle: 0 }]))
  const over = new Map<AgentId, TurnOver>()
  const result = await watchActivity(
    ports,
    (team) => {
      for (const [id, turn] of turns) {
        const ended = over.has(id) ? null : look(id, team.get(id) ?? null, turn, ports.now() - since, since)
        if (ended !== null) over.set(id, ended)
      }
      return over.size === turns.size
    },
    end,
  )
  const rest = result === 'aborted' ? 'aborted' : 'late'
  return ids.map((id) => over.get(id) ?? { id, end: rest, detail: null })
}

function look(
  id: AgentId,
  seen: SeenAgent | null,
  turn: { begun: boolean; idle: number },
  elapsedMs: number,
  since: number,
): TurnOver | null {
  const isUp = seen !== null && (seen.state === 'running' || seen.state === 'starting')
  if (!isUp && seen?.state !== 'unknown') return { id, end: 'gone', detail: seen?.state ?? null }
  const reading = seen?.reading ?? null
  if (reading === null) return null
  const { activity, detail } = reading
  const still = activity === 'idle' || activity === 'blocked'
  turn.begun ||= !still || (reading.since !== null && reading.since > since) || elapsedMs > beginMs
  turn.idle = still ? turn.idle + 1 : 0
  if (!turn.begun || turn.idle < neededIdleLooks) return null
  return activity === 'blocked' ? { id, end: 'blocked', detail } : { id, end: 'ended', detail: null }
}
