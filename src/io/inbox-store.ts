import { readdirSync, rmSync } from 'node:fs'
import { systemErrorCode, TeamError } from '../errors.ts'
import { type AgentId, isAgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import type { InboxEntry, Message, MessageEnd, Sending } from '../model/message.ts'
import { messageVersion } from '../model/message.ts'
import { linkOnce, makePrivateDirectory, readIfExists, writeAtomic } from './files.ts'

/**
 * Messages that wait for their receivers: `<stateDir>/inbox/<project>.<agent>/<id>.json`, beside it how far its delivery
 * has come (`.sending`) and how it ended (`.end`, which can be made only once).
 */
export interface InboxStore {
  readonly dir: string
  directory(agent: AgentId): string
  /** @throws TeamError `state-unwritable` */
  add(message: Message): void
  /** Those who have messages that have not ended; in no order. */
  waiting(): readonly AgentId[]
  /** All messages to one agent, the oldest first. Damaged ones are left out. @throws TeamError `record-version` */
  entries(agent: AgentId): readonly InboxEntry[]
  /** Everyone who ever got a message. */
  agents(): readonly AgentId[]
  /** The oldest that has not ended; null: there is none. */
  head(agent: AgentId): InboxEntry | null
  /** null: nothing of it is typed. */
  mark(message: Message, sending: Sending | null): void
  /** The first end that is written is the one that counts; false: there was one. */
  end(message: Message, end: MessageEnd): boolean
  forget(message: Pick<Message, 'to' | 'id'>): void
}

/** Ended ones that are kept for each agent, to look at. */
const keptEnded = 100

const idPattern = /^([a-z0-9]{6,32})\.json$/

export function createInboxStore(stateDir: string): InboxStore {
  const dir = `${stateDir}/inbox`
  const directory = (agent: AgentId) => `${dir}/${agent.replace(':', '.')}`
  const file = ({ to, id }: Pick<Message, 'to' | 'id'>, kind: string) => `${directory(to)}/${id}.${kind}`
  const agents = (): readonly AgentId[] =>
    names(dir).flatMap((name) => {
      const id = name.replace('.', ':')
      return isAgentId(id) ? [id] : []
    })
  /** Newest last. The end alone tells whether there is more to read. */
  const ids = (agent: AgentId) => {
    const found = names(directory(agent))
    const ended = new Set(found.filter((name) => name.endsWith('.end')).map((name) => name.slice(0, -4)))
    const all = found.flatMap((name) => idPattern.exec(name)?.[1] ?? []).sort()
    return { all, open: all.filter((id) => !ended.has(id)), ended: all.filter((id) => ended.has(id)) }
  }
  const read = (to: AgentId, id: string): InboxEntry | null => {
    const message = parseMessage(json(file({ to, id }, 'json')), directory(to))
    if (message === null || message.id !== id) return null
    return {
      message,
      sending: parseSending(json(file(message, 'sending'))),
      end: parseEnd(json(file(message, 'end'))),
    }
  }
  const forget = (message: Pick<Message, 'to' | 'id'>): void => {
    // The message first: an end without one is nothing, a message without its end would be brought again.
    for (const kind of ['json', 'sending', 'end']) rmSync(file(message, kind), { force: true })
  }
  return {
    dir,
    directory,
    agents,
    forget,
    add(message) {
      makePrivateDirectory(directory(message.to))
      writeAtomic(file(message, 'json'), JSON.stringify(message))
    },
    waiting: () => agents().filter((agent) => ids(agent).open.length > 0),
    entries: (agent) => ids(agent).all.flatMap((id) => read(agent, id) ?? []),
    head(agent) {
      for (const id of ids(agent).open) {
        const entry = read(agent, id)
        if (entry !== null) return entry
      }
      return null
    },
    mark(message, sending) {
      const path = file(message, 'sending')
      if (sending === null) rmSync(path, { force: true })
      else writeAtomic(path, JSON.stringify(sending))
    },
    end(message, end) {
      if (!linkOnce(file(message, 'end'), JSON.stringify(end))) return false
      for (const id of ids(message.to).ended.slice(0, -keptEnded)) forget({ to: message.to, id })
      return true
    },
  }
}

function parseMessage(value: unknown, dir: string): Message | null {
  if (!isRecord(value)) return null
  const { version, id, to, from, header, text, createdAt } = value
  if (typeof version === 'number' && version !== messageVersion) {
    throw new TeamError(
      'record-version',
      `${dir} holds a message of another version of team (not ${messageVersion})`,
      { hint: 'use that version, or move the directory away' },
    )
  }
  if (typeof id !== 'string' || typeof to !== 'string' || !isAgentId(to)) return null
  if (typeof text !== 'string' || typeof createdAt !== 'string') return null
  return {
    version: messageVersion,
    id,
    to,
    from: typeof from === 'string' && isAgentId(from) ? from : null,
    header: typeof header === 'string' ? header : null,
    text,
    createdAt,
  }
}

function parseSending(value: unknown): Sending | null {
  if (!isRecord(value)) return null
  const { phase, since, at, attempt } = value
  if (phase !== 'typing' && phase !== 'submitting') return null
  return { phase, since: number(since, 0), at: number(at, 0), attempt: number(attempt, 1) }
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function parseEnd(value: unknown): MessageEnd | null {
  if (!isRecord(value)) return null
  const { outcome, reason, at } = value
  if (outcome !== 'delivered' && outcome !== 'unsure' && outcome !== 'removed') return null
  return { outcome, reason: typeof reason === 'string' ? reason : null, at: typeof at === 'string' ? at : '' }
}

function names(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** null: none, or damaged. */
function json(path: string): unknown {
  try {
    return JSON.parse(readIfExists(path) ?? 'null')
  } catch {
    return null
  }
}
