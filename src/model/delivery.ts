import type { AgentId } from './agent.ts'

/**
 * accepted: the agent has taken the prompt. queued: it was busy, and keeps it for later. unsubmitted: typed, but not
 * taken. refused: nothing was typed.
 */
export type Delivery = 'accepted' | 'queued' | 'unsubmitted' | 'refused'

export interface Delivered {
  readonly id: AgentId
  readonly delivery: Delivery
  /** Why not; null: there is nothing to explain. */
  readonly reason: string | null
  /** ms since the epoch, right before it was submitted; null: it was not. */
  readonly submittedAt: number | null
}

/** How a prompt gets into a kind of agent. */
export interface PromptManners {
  /** Extended regular expression of a row that only a dialog shows: Enter would answer it. */
  readonly dialog: string
  /** Keys that end a turn. */
  readonly interrupt: readonly string[]
  /** ms that a paste takes to settle. */
  readonly pasteMs: number
  /** What an empty prompt shows, where it is not faint. */
  readonly placeholder: RegExp
  /** A text that begins so is not a prompt but a shell command; null: there is no such thing. */
  readonly shellMark: string | null
}
