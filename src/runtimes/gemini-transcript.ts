import type { TranscriptEntry } from '../model/transcript.ts'
import { type JsonObject, objectOf, textOf } from './headless.ts'
import { timeOf, toolLine } from './transcript.ts'

/** One line of Gemini's `tmp/<project>/chats/session-*.jsonl`. Lines that only change the document say nothing. */
export function geminiEntries(line: JsonObject): readonly TranscriptEntry[] {
  const at = timeOf(line.timestamp)
  const text = contentText(line.content)
  switch (line.type) {
    case 'user':
      // What it tells the model of its surroundings is nobody's word.
      return text === '' || text.startsWith('<session_context>') ? [] : [{ at, who: 'user', text }]
    case 'error':
      return [{ at, who: 'error', text }]
    case 'gemini': {
      const calls = Array.isArray(line.toolCalls) ? line.toolCalls.map(objectOf) : []
      const tools = calls.map(({ name, args }) => ({ at, who: 'tool' as const, text: toolLine(name, args) }))
      return [...(text === '' ? [] : [{ at, who: 'agent' as const, text }]), ...tools]
    }
    default:
      return []
  }
}

function contentText(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content) ?? ''
  return content.map((part) => textOf(objectOf(part).text) ?? '').join('')
}
