import { fileRecords } from '../io/records.ts'
import type { AgentId } from '../model/agent.ts'
import type { SessionEntry } from '../model/session.ts'
import type { TranscriptEntry } from '../model/transcript.ts'
import type { Context } from './context.ts'
import type { LogLine } from './log-lines.ts'
import { type TranscriptReader, transcriptReader } from './transcripts.ts'

/** An agent's conversation so far, and the reader of what comes. */
interface Conversation {
  readonly id: AgentId
  readonly agentDir: string
  readonly lines: readonly LogLine[]
  readonly reader: TranscriptReader
}

/** Those that have one. Of an agent that ended badly the terminal tells more: it is left out. */
export function conversations(
  sources: readonly { readonly id: AgentId; readonly agentDir: string }[],
  sessions: ReadonlyMap<AgentId, SessionEntry>,
): readonly Conversation[] {
  return sources.flatMap(({ id, agentDir }) => {
    const { last } = fileRecords.read(agentDir)
    if (last !== null && last.kind !== 'start' && !(last.kind === 'exit' && last.code === 0)) return []
    const reader = transcriptReader(agentDir, sessions.get(id) ?? null)
    const entries = reader?.read() ?? []
    return reader === null || entries.length === 0
      ? []
      : [{ id, agentDir, reader, lines: linesFrom(id, entries) }]
  })
}

function linesFrom(id: AgentId, entries: readonly TranscriptEntry[]): readonly LogLine[] {
  return entries.map(({ at, who, text }) => ({ id, at, who, text }))
}

/** ms; a line of a transcript comes with, or a little after, what the terminal shows. */
const pollMs = 250

/** Prints what is said, until interrupted. */
export async function followConversations(
  talks: readonly Conversation[],
  { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>,
  print: (line: LogLine) => void,
): Promise<void> {
  if (talks.length === 0) return
  while (!interrupt.stop.aborted) {
    for (const { id, reader } of talks) linesFrom(id, reader.read()).forEach(print)
    await clock.sleep(pollMs, interrupt.stop)
  }
}
