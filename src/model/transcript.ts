/** One thing that was said or done in a conversation. `tool`: what was called, in a line. */
export interface TranscriptEntry {
  /** ms since the epoch; null: not told. */
  readonly at: number | null
  readonly who: 'user' | 'agent' | 'tool' | 'error'
  readonly text: string
}

/** Claude Code writes what it had gathered before its file was there in any order. */
export function inOrder(entries: readonly TranscriptEntry[]): readonly TranscriptEntry[] {
  return entries.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))
}

/**
 * What the agent said last in answer to `prompt`, after all of its tools; null: it has not answered. The same words
 * may have been said before `since` (ms since the epoch).
 */
export function answerTo(
  conversation: readonly TranscriptEntry[],
  prompt: string,
  since: number,
): string | null {
  const turn = turnOf(conversation, prompt, since)
  const lastTool = turn.findLastIndex(({ who }) => who === 'tool')
  const said = (list: readonly TranscriptEntry[]) => list.filter(({ who }) => who === 'agent')
  const final = said(turn.slice(lastTool + 1))
  const texts = final.length > 0 ? final : said(turn).slice(-1)
  return texts.length === 0 ? null : texts.map(({ text }) => text).join('\n\n')
}

/** Why the turn of `prompt` has not come to its end; null: it has, or nothing tells. `since` as above. */
export function failureOf(
  conversation: readonly TranscriptEntry[],
  prompt: string,
  since: number,
): string | null {
  const last = turnOf(conversation, prompt, since).at(-1)
  return last?.who === 'error' ? last.text : null
}

/** What followed on the prompt, up to the next one. */
function turnOf(
  conversation: readonly TranscriptEntry[],
  prompt: string,
  since: number,
): readonly TranscriptEntry[] {
  const entries = inOrder(conversation)
  const asked = entries.findLastIndex(
    ({ who, text, at }) => who === 'user' && (at ?? since) >= since && sameWords(text, prompt),
  )
  const after = asked === -1 ? [] : entries.slice(asked + 1)
  const next = after.findIndex(({ who }) => who === 'user')
  return next === -1 ? after : after.slice(0, next)
}

/** How an interrupted turn is told, in whatever words its program says it. */
export const interruptedText = 'the turn was interrupted'

/** Was that said to the agent at `since` (ms since the epoch) or later? */
export function wasAsked(conversation: readonly TranscriptEntry[], prompt: string, since: number): boolean {
  return conversation.some(
    ({ who, at, text }) => who === 'user' && at !== null && at >= since && sameWords(text, prompt),
  )
}

/** Programs change tabs, and blanks at the ends. */
function sameWords(one: string, other: string): boolean {
  const words = (text: string) => text.replace(/\s+/g, ' ').trim()
  return words(one) === words(other)
}
