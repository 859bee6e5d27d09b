/**
 * What a live agent is doing. waiting: it asks for a permission or an answer. blocked: it cannot go on before somebody
 * deals with a login, a trust question, a limit or an error.
 */
export const activities = ['starting', 'idle', 'busy', 'waiting', 'blocked', 'unknown'] as const

export type Activity = (typeof activities)[number]

/** What `team wait` can wait for. */
export const awaited = ['idle', 'busy', 'waiting', 'blocked', 'exited'] as const

export type Awaited = (typeof awaited)[number]

/**
 * Where a prompt is typed: empty, with a text that nobody has submitted, in a mode that runs what is typed as a shell
 * command, or not on the screen (a dialog, a menu).
 */
export type InputState = 'empty' | 'draft' | 'shell' | 'none'

export interface ActivityReading {
  readonly activity: Activity
  /** What it waits for, or what has gone wrong, in a line; null: there is nothing to say. */
  readonly detail: string | null
  /** ms since the epoch, as the CLI itself tells it; null: it does not. */
  readonly since: number | null
  readonly input: InputState
}

/** What an agent's terminal shows. */
export interface TerminalLook {
  /** Empty: the program has not set one yet. */
  readonly title: string
  /** Rows from the top, without blanks at their ends. */
  readonly lines: readonly string[]
  /** Column and row from 0; programs that draw a cursor of their own put the terminal's there too. */
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean }
}
