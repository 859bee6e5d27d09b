import type { ProgressEvent } from '../model/progress.ts'
import type { Style } from './style.ts'

/** Shows people, or programs, what a command is doing. */
export interface Progress {
  event(event: ProgressEvent): void
  /** Redraws what moves; call it about every 100 ms. */
  tick(): void
  /** Takes the display off the screen, so that results follow cleanly. Nothing is shown after it. */
  stop(): void
}

/** Where progress goes: stderr. */
export interface ProgressIo {
  readonly write: (text: string) => void
  /** Size of the screen as it is now; 0 when unknown. */
  readonly columns: () => number
  readonly rows: () => number
  /** ms since the epoch. */
  readonly now: () => number
  readonly style: Style
}

export interface ProgressJob {
  /** The command at work: `down`. */
  readonly title: string
  /** Agents it works on; null: those that have reported so far. */
  readonly total: number | null
}
