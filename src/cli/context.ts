import type { Clock } from '../io/clock.ts'
import type { Processes } from '../io/processes.ts'
import type { Style } from '../view/style.ts'

type Environment = Readonly<Record<string, string | undefined>>

type ProgressFlag = 'auto' | 'tty' | 'plain' | 'json' | 'quiet'

/** Options that every command has. */
export interface GlobalOptions {
  readonly files: readonly string[]
  readonly json: boolean
  readonly quiet: boolean
  readonly progress: ProgressFlag
  readonly debug: boolean
}

/** One of the process's own streams. */
export interface Output {
  /** Bytes for what need not be text. */
  readonly write: (text: string | Uint8Array) => void
  /** Resolves once nothing is on its way any more: a pipe takes 64 kB, and the rest when it is read. */
  readonly drained: () => Promise<void>
  readonly isTty: boolean
  /** 0 when unknown. */
  readonly columns: () => number
  readonly rows: () => number
}

/** What a command gets from the world. */
export interface Context {
  readonly globals: GlobalOptions
  readonly env: Environment
  readonly cwd: string
  readonly stdout: Output
  readonly stderr: Output
  readonly readStdin: () => string
  readonly readStdinBytes: () => Buffer
  /** The stream itself, for a command that goes on reading. */
  readonly stdin: () => NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly style: Style
  readonly errorStyle: Style
  readonly clock: Clock
  readonly processes: Processes
  readonly interrupt: Interrupt
}

/** Ctrl-C, and the signals that mean the same. */
export interface Interrupt {
  /** Stop waiting. Aborts at the first Ctrl-C, or a few seconds after it while agents are being drained. */
  readonly stop: AbortSignal
  /** Kill. Aborts at the second. */
  readonly force: AbortSignal
  /** Set by a command that drains: told at the first Ctrl-C, says which agents are still up. */
  onFirst: ((pressAgainMs: number) => boolean) | null
  /** From here on another program has the terminal, and Ctrl-C is for that one. */
  handOver(): void
}
