import type { AgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import { runtimeKinds } from '../model/runtime.ts'
import type { SessionEntry } from '../model/session.ts'
import { readIfExists, writeIfChanged } from './files.ts'

export type Sessions = Readonly<Record<AgentId, SessionEntry>>

const fileName = 'sessions.json'

/** Which session each agent holds, or held last. Never throws: what cannot be read is not known. */
export function readSessions(stateDir: string): Sessions {
  try {
    const value: unknown = JSON.parse(readIfExists(`${stateDir}/${fileName}`) ?? '{}')
    const entries = isRecord(value) ? Object.entries(value) : []
    return Object.fromEntries(
      entries.flatMap(([id, entry]) => {
        const parsed = parseEntry(entry)
        return parsed === null ? [] : [[id, parsed]]
      }),
    )
  } catch {
    return {}
  }
}

/** The caller holds the lock of the team. @throws TeamError `state-unwritable` */
export function writeSessions(stateDir: string, sessions: Sessions): void {
  writeIfChanged(`${stateDir}/${fileName}`, `${JSON.stringify(sessions, null, 1)}\n`)
}

function parseEntry(value: unknown): SessionEntry | null {
  if (!isRecord(value)) return null
  const runtime = runtimeKinds.find((kind) => kind === value.runtime)
  const { id, home, transcript, prompt, seen } = value
  if (runtime === undefined || typeof home !== 'string') return null
  return {
    runtime,
    id: typeof id === 'string' ? id : null,
    home,
    transcript: typeof transcript === 'string' ? transcript : null,
    prompt: typeof prompt === 'string' ? prompt : null,
    seen: seen === true,
  }
}
