import type { Awaited } from '../model/activity.ts'
import type { AgentId } from '../model/agent.ts'
import { type SeenAgent, type WatchEnd, type WatchPorts, watchActivity } from './watch-activity.ts'

/** reached; impossible: it will not come by itself; pending: time ran out. */
export interface AwaitedAgent {
  readonly seen: SeenAgent
  readonly result: 'reached' | 'impossible' | 'pending'
}

export interface AwaitOptions extends WatchEnd {
  readonly ids: ReadonlySet<AgentId>
  readonly goal: Awaited
  /** One of them is enough. */
  readonly any: boolean
  readonly progress: (seen: SeenAgent, result: AwaitedAgent['result']) => void
}

/** Waits until each of the agents (or any) does `goal`, or cannot any more. */
export async function awaitActivity(
  options: AwaitOptions,
  ports: WatchPorts,
): Promise<{ readonly agents: readonly AwaitedAgent[]; readonly end: 'enough' | 'late' | 'aborted' }> {
  const agents = new Map<AgentId, AwaitedAgent>()
  const idleLooks = new Map<AgentId, number>()
  const end = await watchActivity(
    ports,
    (team) => {
      for (const id of options.ids) {
        const seen = team.get(id) ?? { id, state: 'stopped', unit: null, reading: null }
        if (!options.any && agents.get(id)?.result === 'reached') continue
        const result = resultOf(seen, options.goal, idleLooks)
        agents.set(id, { seen, result })
        options.progress(seen, result)
      }
      const results = [...agents.values()].map(({ result }) => result)
      const over = results.every((result) => result !== 'pending')
      return over || (options.any && results.includes('reached'))
    },
    options,
  )
  return { agents: [...agents.values()], end }
}

/** An agent may look idle for a moment between two messages. */
const neededIdleLooks = 2

function resultOf(seen: SeenAgent, goal: Awaited, idleLooks: Map<AgentId, number>): AwaitedAgent['result'] {
  const { id, state, reading } = seen
  const isOver = state === 'exited' || state === 'failed' || state === 'stopped'
  if (goal === 'exited') return isOver && seen.livesOn !== true ? 'reached' : 'pending'
  if (isOver) return 'impossible'
  const looks = reading?.activity === 'idle' ? (idleLooks.get(id) ?? 0) + 1 : 0
  idleLooks.set(id, looks)
  if (reading?.activity === goal) return goal !== 'idle' || looks >= neededIdleLooks ? 'reached' : 'pending'
  // Its turn has ended, and not well.
  return reading?.activity === 'blocked' && goal === 'idle' ? 'impossible' : 'pending'
}
