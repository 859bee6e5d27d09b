import type { Clock } from '../io/clock.ts'
import type { Activity } from '../model/activity.ts'
import type { Observation } from '../model/unit.ts'

export interface TurnPorts {
  readonly clock: Clock
  /** What the agent does; null: it does not say. */
  readonly activity: (unit: Observation) => Promise<Activity | null>
}

const pollMs = 150
/** An agent may look idle for a moment between two messages. */
const idleLooks = 2

/** Time of a budget that is kept for the exit sequence. ms. */
export function reserveOf(budgetMs: number): number {
  return Math.min(5_000, budgetMs / 4)
}

/**
 * Resolves when the turn has ended, at the deadline (`clock.now()`), or when `over` aborts. A turn that waits for a
 * person does not end by itself: that is not waited for. Never rejects.
 */
export async function turnEnd(
  unit: Observation,
  deadline: number,
  over: AbortSignal,
  ports: TurnPorts,
): Promise<void> {
  for (let idle = 0; idle < idleLooks && !over.aborted && ports.clock.now() < deadline; ) {
    const activity = await ports.activity(unit).catch(() => 'unknown' as const)
    if (activity === null || activity === 'waiting' || activity === 'blocked') return
    idle = activity === 'idle' ? idle + 1 : 0
    if (idle < idleLooks) await ports.clock.sleep(pollMs, over)
  }
}
