import { readAppended } from '../io/event-reader.ts'
import { findPath } from '../io/session-files.ts'
import { type SessionEntry, transcriptOf } from '../model/session.ts'
import { inOrder, type TranscriptEntry } from '../model/transcript.ts'
import { jsonLines } from '../runtimes/headless.ts'
import { runtimeOf } from '../runtimes/registry.ts'
import { liveSession } from './sessions.ts'

/** Reads the conversation that an agent holds, as it goes on. */
export interface TranscriptReader {
  /** What has been added since the last call: at first everything. Another session is read from its beginning. */
  read(): readonly TranscriptEntry[]
}

/** All that was said in a session; null: it is not there, or its runtime has no transcript that can be read. */
export function readConversation(
  { runtime, transcript }: Pick<SessionEntry, 'runtime' | 'transcript'>,
  id: string,
): readonly TranscriptEntry[] | null {
  const entries = runtimeOf(runtime).sessions?.entries ?? null
  const path = entries === null || transcript === null ? null : findPath(transcriptOf(transcript, id))
  if (entries === null || path === null) return null
  return inOrder(jsonLines(readAppended(path, 0).text).flatMap(entries))
}

/** null: its runtime has no transcript that can be read. */
export function transcriptReader(agentDir: string, entry: SessionEntry | null): TranscriptReader | null {
  if (entry === null) return null
  const { transcript } = entry
  const entries = runtimeOf(entry.runtime).sessions?.entries ?? null
  if (entries === null || transcript === null) return null
  let path: string | null = null
  let session: string | null = null
  let offset = 0
  return {
    read() {
      const id = liveSession(agentDir, entry) ?? entry.id
      if (id === null) return []
      if (id !== session || path === null) {
        path = findPath(transcriptOf(transcript, id))
        offset = 0
        session = id
      }
      if (path === null) return []
      const appended = readAppended(path, offset)
      offset = appended.offset
      return inOrder(jsonLines(appended.text).flatMap(entries))
    },
  }
}
