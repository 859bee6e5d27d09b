import { interruptedText, type TranscriptEntry } from '../model/transcript.ts'
import { type JsonObject, objectOf, textOf } from './headless.ts'
import { timeOf, toolLine } from './transcript.ts'

/** One line of Claude Code's `projects/<directory>/<session>.jsonl`. */
export function claudeEntries(line: JsonObject): readonly TranscriptEntry[] {
  // A sidechain is the conversation of a subagent; meta lines were never said by anybody.
  if (line.isSidechain === true || line.isMeta === true) return []
  const at = timeOf(line.timestamp)
  const { content, model } = objectOf(line.message)
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  if (!Array.isArray(parts) || (line.type !== 'user' && line.type !== 'assistant')) return []
  const spoken = line.type === 'user' ? 'user' : 'agent'
  return parts.map(objectOf).flatMap((part): readonly TranscriptEntry[] => {
    if (part.type === 'tool_use') return [{ at, who: 'tool', text: toolLine(part.name, part.input) }]
    const text = part.type === 'text' ? textOf(part.text) : null
    if (text === null) return []
    // Written as if the user had said it.
    if (spoken === 'user' && /^\[Request interrupted by user[^\]]*\]$/.test(text))
      return [{ at, who: 'error', text: interruptedText }]
    // What the program itself puts in the place of an answer.
    if (model !== '<synthetic>') return [{ at, who: spoken, text }]
    return line.isApiErrorMessage === true ? [{ at, who: 'error', text }] : []
  })
}
