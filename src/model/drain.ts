import type { AgentId } from './agent.ts'

/** One step of an exit sequence. */
export type DrainStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'signal'; readonly signal: SignalName }

export const signalNames = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGKILL',
] as const

export type SignalName = (typeof signalNames)[number]

/** interrupt: at once, whatever it is doing. finish: once its turn has ended, as far as the budget allows. */
export const drainModes = ['interrupt', 'finish'] as const

export type DrainMode = (typeof drainModes)[number]

/** How an agent is asked to end, and for how long. Carried by the unit, so that it outlives the file. */
export interface DrainPolicy {
  readonly timeoutMs: number
  readonly mode: DrainMode
  readonly steps: readonly DrainStep[]
}

/** What the file asks for; `steps` null: the runtime's own exit sequence. */
export interface DrainRequest {
  readonly timeoutMs: number
  readonly mode: DrainMode
  readonly steps: readonly DrainStep[] | null
}

export const defaultDrainTimeoutMs = 30_000

/**
 * graceful: exited by itself within the budget. forced: killed at the deadline. absent: nothing was
 * running. interrupted: the user stopped waiting, so it may still be up.
 */
export type DrainResult = 'graceful' | 'forced' | 'absent' | 'interrupted'

export interface DrainOutcome {
  readonly id: AgentId
  readonly outcome: DrainResult
  /** From the first step to the end of the last process. */
  readonly ms: number
  readonly exitCode: number | null
  readonly exitSignal: string | null
  /** Pids of the agent's tree that are alive after everything was tried. */
  readonly survivors: readonly number[]
  /** Killed without having been asked: its wrapper was gone, and with it the terminal. */
  readonly unasked?: true
}
