import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from './agent.ts'
import type { SupervisorKind } from './compose.ts'
import type { DrainOutcome } from './drain.ts'
import type { Launch } from './launch.ts'
import type { ProgressEvent } from './progress.ts'
import type { Observation, Unit } from './unit.ts'

/** Keeps agents alive. One contract suite holds every adapter to what these comments say. */
export interface Supervisor {
  readonly kind: SupervisorKind
  /**
   * Is everything there to start these agents, beside those that are up? Asked after `observe` and before anything is
   * drained for them. @throws TeamError with a hint: tool missing or too old, no room.
   */
  preflight(starting: readonly AgentId[]): Promise<void>
  /**
   * Everything that carries this team's labels, in one call, with a look at the terminals of `looks`. A failure is
   * thrown, never read as absence. Of those in `seenAt` (s since the epoch) none need be
   * looked at: they come back as `unchanged` if that is certain.
   */
  observe(looks?: readonly AgentId[], seenAt?: ReadonlyMap<AgentId, number>): Promise<readonly Observation[]>
  /**
   * Starts rendered launches, all in one call, and resolves when the wrapper of each has reported. A dead
   * unit of the same agent (`replaces`) is removed before, its log written to its end.
   */
  start(requests: readonly StartRequest[]): Promise<readonly StartOutcome[]>
  /** A start may be asked for: what takes time may be begun before `observe`. */
  foreseeStart?(): void
  /** Ends what was started for what was foreseen and did not come. Never throws. */
  release?(): Promise<void>
  /** Ask, wait, force; in parallel. Resolves when nothing of the agents' trees is alive, or says what is. */
  drain(units: readonly Observation[], options: DrainOptions): Promise<readonly DrainOutcome[]>
  /**
   * Removes units at once, whatever runs in them, and waits until nothing of them is left. With `shutdown`
   * also ends the supervisor itself, once it holds nothing more.
   */
  remove(units: readonly Observation[], options: { readonly shutdown: boolean }): Promise<void>
  /** Puts right what running units have lost, their files say, and leaves what runs alone. Resolves with what it cannot. */
  mend?(kept: readonly Kept[]): Promise<ReadonlyMap<AgentId, ErrorDetail>>
  /** What is in the way of a start, as far as can be told before anything is drained for it; null: nothing. */
  problem?(launch: Launch): ErrorDetail | null
  /** Kills processes of earlier runs that outlived their unit (their terminal was killed, say), or are left in that of `ended`. */
  sweep(markers: ReadonlySet<string>, ended: readonly Observation[]): Promise<readonly number[]>
  terminal(unit: Unit): Terminal
}

/** An agent that is left running. */
export interface Kept {
  readonly unit: Observation
  readonly launch: Launch
}

export interface StartRequest {
  readonly launch: Launch
  readonly replaces: Observation | null
}

export interface StartOutcome {
  readonly id: AgentId
  readonly result: StartResult
}

export type StartResult =
  | { readonly kind: 'started'; readonly pid: number }
  /** Started, and ended before `start` returned. */
  | {
      readonly kind: 'exited'
      readonly code: number | null
      readonly signal: string | null
      readonly lines: readonly string[]
    }
  | {
      readonly kind: 'failed'
      readonly reason: 'cwd' | 'command' | 'env' | 'supervisor'
      readonly message: string
    }

export interface DrainOptions {
  /** Overrides each unit's own budget; null: its own. ms. */
  readonly timeoutMs: number | null
  /** Skip asking: kill at once. */
  readonly now: boolean
  /** Aborting stops the waiting: what still runs is left alone and reported as interrupted. */
  readonly signal: AbortSignal
  /** Aborting ends the asking at once, as if the deadline had come. */
  readonly force: AbortSignal
  readonly progress: (event: ProgressEvent) => void
  /** Called for each unit as soon as its drain has ended, before the others have. */
  readonly drained: (outcome: DrainOutcome) => void
}

/** The terminal of one unit. */
export interface Terminal {
  /** Command line and environment that attach this process's terminal. */
  attach(options: { readOnly: boolean }): {
    readonly argv: readonly [string, ...string[]]
    readonly env: Readonly<Record<string, string>>
  }
  /**
   * Sends tmux key names, leaving copy mode first. Does nothing and resolves to false when a row of the screen, or the
   * title, matches `unless` (extended regular expression) at that very moment.
   */
  keys(keys: readonly string[], unless?: string): Promise<boolean>
  /** Types a text as one paste, bracketed where the program has asked for that. `unless` as above. */
  paste(text: string, unless?: string): Promise<boolean>
  /** The screen as text; with `lines`, that many lines of history too. */
  capture(options: { lines: number | null }): Promise<string>
  /** One row of the screen (from 0), with the escape sequences of its style. */
  styledRow(row: number): Promise<string>
}
