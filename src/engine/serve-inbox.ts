import type { AgentId } from '../model/agent.ts'
import type { InboxEntry } from '../model/message.ts'
import { type SeenAgent, type WatchPorts, watchActivity } from './watch-activity.ts'

export interface InboxPorts extends WatchPorts {
  /** The oldest message of each agent that has one. */
  readonly heads: () => ReadonlyMap<AgentId, InboxEntry>
  /** Is it being ended? Nothing is typed into an agent that drains. */
  readonly isEnding: (id: AgentId) => boolean
  /** Brings it, and writes down what came of it. Never throws; resolves with when it was submitted, null: it was not. */
  readonly deliver: (entry: InboxEntry) => Promise<number | null>
}

/** An agent may look idle for a moment between two messages. */
const neededIdleLooks = 2
/** A turn that is not seen to begin by then was too short to be seen. ms. */
const beginMs = 10_000
/** ms before another attempt; also what a killed attempt may still be doing. */
const pauseMs = 3_000

interface Turn {
  /** When the last message was submitted; 0: none was by us. */
  since: number
  begun: boolean
  idle: number
  /** No attempt before. */
  notBefore: number
  working: boolean
}

/**
 * Brings each agent its messages, one for each of its idle moments, until nothing waits any more, or nobody who is waited
 * for is up. `known`: agents whose activity can be seen; a message for another one ends it too.
 */
export async function serveInbox(
  known: ReadonlySet<AgentId>,
  ports: InboxPorts,
  aborted: AbortSignal,
): Promise<'empty' | 'unknown' | 'aborted'> {
  const turns = new Map<AgentId, Turn>()
  const working = new Set<Promise<void>>()
  const strangers = new Set([...ports.heads().keys()].filter((id) => !known.has(id)))
  let end: 'empty' | 'unknown' | 'aborted' = 'aborted'
  while (!aborted.aborted) {
    const ready: InboxEntry[] = []
    let open = 0
    let unknown = false
    await watchActivity(
      ports,
      (team) => {
        open = working.size
        for (const [id, head] of ports.heads()) {
          const turn = turnOf(turns, id)
          if (turn.working) continue
          if (!known.has(id)) {
            unknown ||= !strangers.has(id)
            continue
          }
          const seen = team.get(id) ?? null
          if (isGone(seen)) continue
          open += 1
          if (!ports.isEnding(id) && isReady(seen, head, turn, ports.now())) ready.push(head)
        }
        return ready.length > 0 || open === 0 || unknown
      },
      { deadline: null, aborted },
    )
    for (const head of ready) begin(head, turnOf(turns, head.message.to), working, ports)
    if (ready.length > 0 || aborted.aborted) continue
    end = unknown ? 'unknown' : 'empty'
    break
  }
  await Promise.all(working)
  return end
}

function turnOf(turns: Map<AgentId, Turn>, id: AgentId): Turn {
  const known = turns.get(id)
  if (known !== undefined) return known
  const turn = { since: 0, begun: true, idle: 0, notBefore: 0, working: false }
  turns.set(id, turn)
  return turn
}

function begin(entry: InboxEntry, turn: Turn, working: Set<Promise<void>>, ports: InboxPorts): void {
  turn.working = true
  const work = ports.deliver(entry).then((at) => {
    turn.working = false
    turn.idle = 0
    if (at === null) turn.notBefore = ports.now() + pauseMs
    else Object.assign(turn, { since: at, begun: false })
    working.delete(work)
  })
  working.add(work)
}

function isGone(seen: SeenAgent | null): boolean {
  return seen === null || seen.state === 'exited' || seen.state === 'failed' || seen.state === 'stopped'
}

function isReady(seen: SeenAgent | null, { sending }: InboxEntry, turn: Turn, now: number): boolean {
  const reading = seen?.reading ?? null
  if (reading === null) return false
  const { activity, since, input } = reading
  turn.begun ||= activity === 'busy' || (since !== null && since > turn.since) || now - turn.since > beginMs
  turn.idle = activity === 'idle' ? turn.idle + 1 : 0
  if (!turn.begun || turn.idle < neededIdleLooks || now < turn.notBefore) return false
  // The last words of a killed attempt may still be on their way.
  if (sending !== null) return now - sending.at > pauseMs && input !== 'none'
  return input === 'empty'
}
