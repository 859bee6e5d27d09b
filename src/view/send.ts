import type { Delivered } from '../model/delivery.ts'
import { safeText } from './human.ts'

export interface Sent extends Delivered {
  /** null: not waited for, or it cannot be read. */
  readonly answer: string | null
}

/** What `team send` prints: the answer alone where there is one agent that has given one, else a line for each, and their answers. */
export function sentLines(sent: readonly Sent[]): string {
  const [only] = sent
  if (sent.length === 1 && only !== undefined && only.answer !== null && only.reason === null)
    return answerText(only.answer)
  const width = Math.max(0, ...sent.map(({ id }) => id.length))
  return sent
    .map(({ id, delivery, reason, answer }) => {
      const why = reason === null ? '' : `: ${safeText(reason)}`
      return `${safeText(id).padEnd(width)}   ${delivery}${why}${answer === null ? '' : `\n${answerText(answer)}\n`}`
    })
    .join('\n')
}

/** Its lines as they are, but nothing that a terminal would obey. */
function answerText(answer: string): string {
  return answer.split('\n').map(safeText).join('\n')
}
