import { interruptedText, type TranscriptEntry } from '../model/transcript.ts'
import { type JsonObject, objectOf, textOf } from './headless.ts'
import { timeOf, toolLine } from './transcript.ts'

/** One line of Codex's `sessions/<date>/rollout-*.jsonl`. */
export function codexEntries(line: JsonObject): readonly TranscriptEntry[] {
  const at = timeOf(line.timestamp)
  const payload = objectOf(line.payload)
  if (line.type === 'response_item' && payload.type === 'function_call')
    return [{ at, who: 'tool', text: toolLine(payload.name, parsed(payload.arguments)) }]
  if (line.type !== 'event_msg') return []
  if (payload.type === 'turn_aborted') return [{ at, who: 'error', text: interruptedText }]
  if (payload.type !== 'item_completed') return []
  const item = objectOf(payload.item)
  const who = item.type === 'UserMessage' ? 'user' : item.type === 'AgentMessage' ? 'agent' : null
  if (who === null || !Array.isArray(item.content)) return []
  const text = item.content.map((part) => textOf(objectOf(part).text) ?? '').join('')
  return text === '' ? [] : [{ at, who, text }]
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null
  } catch {
    return text
  }
}
