import type { AgentId } from '../model/agent.ts'
import { type SeenAgent, type WatchEnd, type WatchPorts, watchActivity } from './watch-activity.ts'

/** A turn that is not seen to begin by then was too short to be seen; the first one of opencode begins after seconds. ms. */
const beginMs = 10_000
/** The same, where a transcript would tell of it: on a loaded machine a CLI takes long to show that it is at work. ms. */
const toldBeginMs = 30_000
/** An agent may look idle for a moment between two messages. */
const neededIdleLooks = 2
/** And for longer on a loaded machine: where a transcript would tell of an answer, it is waited for. ms. */
const untoldMs = 8_000

export interface TurnOver {
  readonly id: AgentId
  /** late: it goes on. */
  readonly end: 'ended' | 'blocked' | 'gone' | 'late' | 'aborted'
  readonly detail: string | null
}

export interface TurnPorts extends WatchPorts {
  /** Whether its transcript tells how the turn has ended; null: there is none. */
  readonly answered: (id: AgentId) => boolean | null
}

/** Waits until the turns of agents that have just been given a prompt (id → when, ms since the epoch) are over. */
export async function turnsOver(
  prompts: ReadonlyMap<AgentId, number>,
  end: WatchEnd,
  ports: TurnPorts,
): Promise<readonly TurnOver[]> {
  const turns = new Map(
    [...prompts].map(([id, since]) => [id, { since, begun: false, idle: 0, stillAt: since }]),
  )
  const over = new Map<AgentId, TurnOver>()
  const result = await watchActivity(
    ports,
    (team) => {
      for (const [id, turn] of turns) {
        const ended = over.has(id) ? null : look(id, team.get(id) ?? null, turn, ports)
        if (ended !== null) over.set(id, ended)
      }
      return over.size === turns.size
    },
    end,
  )
  const rest = result === 'aborted' ? 'aborted' : 'late'
  return [...prompts.keys()].map((id) => over.get(id) ?? { id, end: rest, detail: null })
}

function look(
  id: AgentId,
  seen: SeenAgent | null,
  turn: { readonly since: number; begun: boolean; idle: number; stillAt: number },
  { now, answered }: TurnPorts,
): TurnOver | null {
  const isUp = seen !== null && (seen.state === 'running' || seen.state === 'starting')
  if (!isUp && seen?.state !== 'unknown') return { id, end: 'gone', detail: seen?.state ?? null }
  const reading = seen?.reading ?? null
  if (reading === null) return null
  const { activity, detail } = reading
  const still = activity === 'idle' || activity === 'blocked'
  // Busy, or what the program itself says to have become since: a screen also changes as it takes the prompt.
  const changed = activity === 'busy' || (reading.since !== null && reading.since > turn.since)
  turn.begun ||= changed || (still && isTold(answered(id), now() - turn.since))
  turn.idle = still ? turn.idle + 1 : 0
  if (turn.idle <= 1) turn.stillAt = now()
  if (!turn.begun || turn.idle < neededIdleLooks) return null
  if (activity === 'idle' && now() - turn.stillAt < untoldMs && answered(id) === false) return null
  return activity === 'blocked' ? { id, end: 'blocked', detail } : { id, end: 'ended', detail: null }
}

/** Whether a turn that was not seen to begin is over after so many ms. */
function isTold(answered: boolean | null, ms: number): boolean {
  return answered === true || ms > (answered === null ? beginMs : toldBeginMs)
}
