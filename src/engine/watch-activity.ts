import type { ActivityReading } from '../model/activity.ts'
import type { AgentId } from '../model/agent.ts'
import type { AgentState } from '../model/status.ts'
import type { Observation } from '../model/unit.ts'

/** One agent at one moment. */
export interface SeenAgent {
  readonly id: AgentId
  readonly state: AgentState
  /** null: there is none. */
  readonly unit: Observation | null
  /** null: it is not up, or does not say what it does. */
  readonly reading: ActivityReading | null
  /** `state` tells of what held it: that is gone, and the agent itself is alive. Nobody can talk to it. */
  readonly livesOn?: true
}

export type SeenTeam = ReadonlyMap<AgentId, SeenAgent>

export interface WatchPorts {
  /** All agents of the team that are in the file or up. */
  readonly look: () => Promise<SeenTeam>
  /** Calls back when a terminal shows something or a run begins or ends; returns the stop function. */
  readonly changed: (callback: () => void) => () => void
  readonly now: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** ms between two looks: a terminal at work shows something all the time. */
const closestMs = 100
/** ms: what a CLI tells of itself comes a moment after what it shows. */
const whileBusyMs = 150
const whileStillMs = 2_000
/** The logger lets what a terminal shows gather for up to a second: more may be there than has been told. ms. */
const gatheringMs = 1_200
/** ms after a change: idle is only believed when it is seen twice. */
const settleMs = 150

export interface WatchEnd {
  /** `clock.now()`; null: none. */
  readonly deadline: number | null
  readonly aborted: AbortSignal
}

/**
 * Looks at the agents whenever something changes, until `enough` is true of what was seen. Does nothing as long as
 * all terminals are still, but for a look every other second.
 */
export async function watchActivity(
  ports: WatchPorts,
  enough: (seen: SeenTeam) => boolean,
  { deadline, aborted }: WatchEnd,
): Promise<'enough' | 'late' | 'aborted'> {
  let wake = new AbortController()
  let rousedAt = Number.NEGATIVE_INFINITY
  const rouse = () => {
    rousedAt = ports.now()
    wake.abort()
  }
  const stop = ports.changed(rouse)
  aborted.addEventListener('abort', rouse)
  let before = ''
  try {
    while (!aborted.aborted) {
      const seen = await ports.look()
      if (enough(seen)) return 'enough'
      if (deadline !== null && ports.now() >= deadline) return 'late'
      await ports.sleep(Math.min(closestMs, left(deadline, ports)), aborted)
      const now = summary(seen)
      const isGathering = ports.now() - rousedAt < gatheringMs
      const pause = now !== before ? settleMs : isGathering ? whileBusyMs : pauseAfter(seen)
      before = now
      await ports.sleep(Math.min(pause, left(deadline, ports)), wake.signal)
      if (!aborted.aborted) wake = new AbortController()
    }
    return 'aborted'
  } finally {
    stop()
    aborted.removeEventListener('abort', rouse)
  }
}

function left(deadline: number | null, { now }: WatchPorts): number {
  return deadline === null ? Number.POSITIVE_INFINITY : Math.max(0, deadline - now())
}

function summary(seen: SeenTeam): string {
  return [...seen.values()].map(({ id, state, reading }) => `${id} ${state} ${reading?.activity}`).join()
}

function pauseAfter(seen: SeenTeam): number {
  const isStill = ({ reading, state }: SeenAgent) =>
    reading === null ? state !== 'starting' : reading.activity === 'idle' || reading.activity === 'blocked'
  return [...seen.values()].every(isStill) ? whileStillMs : whileBusyMs
}
