import { deliverMessage, type MessagePorts } from '../../engine/deliver-message.ts'
import type { InboxPorts } from '../../engine/serve-inbox.ts'
import type { WatchPorts } from '../../engine/watch-activity.ts'
import { createEventLog, type EventLog } from '../../io/event-log.ts'
import { createInboxStore, type InboxStore } from '../../io/inbox-store.ts'
import { acquireLock } from '../../io/lock.ts'
import { fileRecords } from '../../io/records.ts'
import type { AgentId } from '../../model/agent.ts'
import type { InboxEntry, MessageOutcome } from '../../model/message.ts'
import { wasAsked } from '../../model/transcript.ts'
import { agentDirectory } from '../../render/launch.ts'
import { knownSessions } from '../activity.ts'
import type { Context } from '../context.ts'
import { mannersOf } from '../manners.ts'
import { promptPorts } from '../prompt-ports.ts'
import { liveSession } from '../sessions.ts'
import type { Team } from '../team.ts'
import { readConversation } from '../transcripts.ts'

/** ms that one waits for another prompt to the same agent, or for somebody who removes a message. */
const turnOfSendersMs = 120_000

/** One at a time works on the messages of an agent. @throws TeamError `locked` */
export function lockInbox(store: InboxStore, agent: AgentId, context: Context): Promise<() => void> {
  return exclusive(`${store.directory(agent)}/lock`, 'team inbox', context)
}

function exclusive(path: string, command: string, context: Context): Promise<() => void> {
  return acquireLock({
    path,
    command,
    waitMs: turnOfSendersMs,
    clock: context.clock,
    processes: context.processes,
    interrupted: context.interrupt.stop,
    onWait: () => undefined,
  })
}

export function inboxPorts(team: Team, watch: WatchPorts, context: Context): InboxPorts {
  const store = createInboxStore(team.stateDir)
  const events = createEventLog(`${team.stateDir}/events.jsonl`, context.clock.now)
  const dirOf = (id: AgentId): string => {
    const [project = '', agent = ''] = id.split(':')
    return agentDirectory(team.stateDir, project, agent)
  }
  const prompts = promptPorts(team, watch, context)
  const ports: MessagePorts = {
    ...prompts,
    asked: (id, text, since) => asked(team, id, dirOf(id), text, since),
    mark: store.mark,
  }
  const warn = (error: unknown): null => {
    context.stderr.write(`inbox: ${error instanceof Error ? error.message : String(error)}\n`)
    return null
  }
  return {
    ...watch,
    heads: () => new Map(store.waiting().flatMap((id) => headOf(store, id))),
    isEnding: (id) => fileRecords.desired(dirOf(id)) === 'down',
    changed(callback) {
      const stops = [
        watch.changed(callback),
        fileRecords.watch([store.dir, ...store.agents().map(store.directory)], (_, file) => {
          // What is written down here is no news.
          if (file === null || file.endsWith('.json') || !file.includes('.')) callback()
        }),
      ]
      return () => stops.forEach((stop) => stop())
    },
    deliver: (entry) => bring(entry, { team, store, events, ports, dirOf, context }).catch(warn),
  }
}

function headOf(store: InboxStore, id: AgentId): readonly (readonly [AgentId, InboxEntry])[] {
  const head = store.head(id)
  return head === null ? [] : [[id, head]]
}

interface Bringing {
  readonly team: Team
  readonly store: InboxStore
  readonly events: EventLog
  readonly ports: MessagePorts
  readonly dirOf: (id: AgentId) => string
  readonly context: Context
}

/** Resolves with when it was submitted; null: it was not, or is not known to have been. */
async function bring(entry: InboxEntry, work: Bringing): Promise<number | null> {
  const { team, store, events, ports, dirOf, context } = work
  const { message } = entry
  const manners = mannersOf(team, message.to)
  if (manners === null) return null
  const releases: (() => void)[] = []
  try {
    releases.push(await lockInbox(store, message.to, context))
    // It may have been removed since it was seen.
    const head = store.head(message.to)
    if (head === null || head.message.id !== message.id) return null
    releases.push(await exclusive(`${dirOf(message.to)}/send.lock`, 'team send', context))
    const result = await deliverMessage(head, manners, ports)
    if (result.kind === 'later') return null
    const outcome: MessageOutcome = result.kind
    const reason = result.kind === 'unsure' ? result.reason : null
    const at = new Date(context.clock.now()).toISOString()
    if (store.end(message, { outcome, reason, at })) {
      const told = { message: message.id, from: message.from, ...(reason === null ? {} : { reason }) }
      events.append(outcome === 'unsure' ? 'message_unsure' : 'message_delivered', message.to, told)
    }
    return result.kind === 'delivered' ? result.at : context.clock.now()
  } finally {
    for (const release of releases.reverse()) release()
  }
}

/** Was it said in the conversation that the agent holds now? null: that cannot be read. */
function asked(team: Team, id: AgentId, agentDir: string, text: string, since: number): boolean | null {
  const entry = knownSessions(team).get(id) ?? null
  if (entry === null || entry.transcript === null) return null
  const session = liveSession(agentDir, entry) ?? entry.id
  if (session === null) return null
  const conversation = readConversation(entry, session)
  // It is not there before the first words.
  return conversation === null ? false : wasAsked(conversation, text, since)
}
