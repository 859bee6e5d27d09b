import type { AgentId } from '../model/agent.ts'
import type { TranscriptEntry } from '../model/transcript.ts'
import { localTime, safeText } from './human.ts'
import type { Style } from './style.ts'

/** `web:lead  | text`: puts the agent's name and colour before the lines of its log. */
export interface LogPrefixer {
  /** Makes room for an agent, so that its name lines up with the others'. */
  join(id: AgentId): void
  /**
   * One line to print; an agent that has not joined does so now.
   * @param text without control characters
   * @param time when it was written, ISO 8601; null: not shown
   */
  format(id: AgentId, text: string, time: string | null): string
}

export function createLogPrefixer(style: Style): LogPrefixer {
  const order = new Map<AgentId, number>()
  let width = 0

  const join = (id: AgentId): number => {
    const known = order.get(id)
    if (known !== undefined) return known
    order.set(id, order.size)
    width = Math.max(width, id.length)
    return order.size - 1
  }

  return {
    join,
    format(id, text, time) {
      const paint = style.agentColor(join(id))
      const stamp = time === null ? '' : `${style.dim(localTime(time))} `
      return `${paint(`${id.padEnd(width)}  |`)} ${stamp}${text}`.trimEnd()
    },
  }
}

/** `agent  text`: an entry of a conversation as lines, the further ones below the first. */
export function spokenLines(who: TranscriptEntry['who'], text: string, style: Style): readonly string[] {
  const paint = { user: style.bold, agent: asIs, tool: style.dim, error: style.bad }[who]
  const [first = '', ...rest] = text.split('\n').map((line) => paint(safeText(line)))
  return [`${who.padEnd(labelWidth)}${first}`, ...rest.map((line) => `${' '.repeat(labelWidth)}${line}`)]
}

/** A whole conversation, each entry below the time it came at. */
export function humanTalk(entries: readonly TranscriptEntry[], style: Style): string {
  return entries
    .map(({ at, who, text }) => {
      const time = at === null ? '' : `${style.dim(localTime(new Date(at).toISOString()))}\n`
      return `${time}${spokenLines(who, text, style).join('\n')}`
    })
    .join('\n\n')
}

const labelWidth = 'agent  '.length

const asIs = (text: string): string => text
