import type { AgentId } from '../model/agent.ts'
import { answerTo, failureOf, type TranscriptEntry } from '../model/transcript.ts'
import { knownSessions } from './activity.ts'
import type { Team } from './team.ts'
import { transcriptReader } from './transcripts.ts'

/** What agents answer to what they were given. */
export interface Answers {
  /** As far as it is written by now; null: nothing is, or the agent's runtime has no transcript. */
  readonly now: (id: AgentId) => string | null
  /** Does its conversation tell how the turn has ended? null: it cannot be read. */
  readonly told: (id: AgentId) => boolean | null
  /** Can its conversation be read at all? */
  readonly readable: (id: AgentId) => boolean
  /** Why the turn broke off, as far as what was read tells; null: it did not. */
  readonly failure: (id: AgentId) => string | null
}

/** `prompts`: id → when it was given `textFor(id)`, ms since the epoch. */
export function answersOf(
  team: Team,
  textFor: (id: AgentId) => string,
  prompts: ReadonlyMap<AgentId, number>,
): Answers {
  const sessions = knownSessions(team)
  const talks = new Map(
    team.wanted.flatMap(({ spec: { id }, agentDir }) => {
      const since = prompts.get(id)
      const reader = since === undefined ? null : transcriptReader(agentDir, sessions.get(id) ?? null)
      if (since === undefined || reader === null) return []
      const entries: TranscriptEntry[] = []
      return [[id, { since, reader, entries }] as const]
    }),
  )
  const now = (id: AgentId): string | null => {
    const talk = talks.get(id)
    if (talk === undefined) return null
    talk.entries.push(...talk.reader.read())
    return answerTo(talk.entries, textFor(id), talk.since)
  }
  const failure = (id: AgentId): string | null => {
    const talk = talks.get(id)
    return talk === undefined ? null : failureOf(talk.entries, textFor(id), talk.since)
  }
  const told = (id: AgentId) => (talks.has(id) ? now(id) !== null || failure(id) !== null : null)
  return { now, told, failure, readable: (id) => talks.has(id) }
}
