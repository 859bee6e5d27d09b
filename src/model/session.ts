import type { RuntimeKind } from './runtime.ts'

/** A word of a command line that stands for the id of a session. */
export const sessionWord = '{{session}}'

/** Within a path: the first eight characters of the id. */
export const sessionStart = '{{session8}}'

/** What a CLI says when it ends: `before`, and the id, which begins with `idStart`. */
export interface Farewell {
  readonly before: string
  readonly idStart: string
}

/** How an agent's conversation is begun, and taken up again. Pure data. */
export interface SessionLaunch {
  readonly runtime: RuntimeKind
  /** false: every start begins a new session. */
  readonly resume: boolean
  /** An id can be given to a new session; else it is learnt once it is there. */
  readonly pinned: boolean
  /** Command lines, in which the word `sessionWord` is the id. `prompted`: resumed, with the prompt as next message. */
  readonly fresh: readonly string[]
  readonly resumed: readonly string[]
  readonly prompted: readonly string[]
  /** The CLI's own directory, absolute. */
  readonly home: string
  /** Path with `*`, `sessionWord` and `sessionStart` of what a session that can be resumed leaves on disk; null: cannot be told. */
  readonly transcript: string | null
  /** null: it says nothing. */
  readonly farewell: Farewell | null
  /** Text of the prompt; null: there is none. */
  readonly prompt: string | null
}

/** What is known of the session of an agent: an entry of `sessions.json`. */
export interface SessionEntry {
  readonly runtime: RuntimeKind
  /** null: not learnt yet. */
  readonly id: string | null
  readonly home: string
  readonly transcript: string | null
  /** Hash of the prompt that the session was given last. */
  readonly prompt: string | null
  /** It could have been resumed once: that it is gone is worth a word. */
  readonly seen: boolean
}

/** The command line of a session. */
export function withSession(argv: readonly string[], id: string): readonly string[] {
  return argv.map((word) => (word === sessionWord ? id : word))
}

/** The transcript of a session, still with its `*`. */
export function transcriptOf(pattern: string, id: string): string {
  return pattern.replaceAll(sessionWord, id).replaceAll(sessionStart, id.slice(0, 8))
}
