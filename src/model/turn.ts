/** What a live agent's turn is at, as its terminal shows it. waiting: it asks for a permission or an answer. */
export type Turn = 'idle' | 'busy' | 'waiting' | 'unknown'

/** What an agent's terminal shows. */
export interface TerminalLook {
  readonly title: string
  readonly screen: string
}
