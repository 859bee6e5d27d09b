import type { AgentSpec } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'

/** One prompt without a terminal: how it is asked, and what the answer says. Pure. */
export interface Headless {
  /** Command line. `session` null: a session of its own. Standard input must be empty. */
  argv(agent: AgentSpec, prompt: string, session: HeadlessSession | null): readonly string[]
  /** The same with the prompt on standard input, which a single word of 128 kB is too long for; null: it cannot. */
  readonly viaInput: ((argv: readonly string[]) => readonly string[]) | null
  /**
   * What standard output has to be. `file`: programs built with Bun end before a pipe has taken all that they wrote
   * (measured: an answer of 1 MB lost its end at a reader without a pause, and all but 64 kB at a slow one).
   */
  readonly output: 'pipe' | 'file'
  /** Reads all of standard output (JSON Lines); lines that are not understood are skipped. */
  parse(stdout: string): HeadlessResult
}

interface HeadlessSession {
  readonly id: string
  /** The session is there; else it is begun with this id, where the CLI can. */
  readonly resume: boolean
}

export interface HeadlessResult {
  /** The answer; null: none was given. */
  readonly text: string | null
  readonly sessionId: string | null
  /** Why it failed; null: it did not, as far as the output tells. */
  readonly error: string | null
  /** Tokens; null: not told. */
  readonly usage: { readonly input: number; readonly output: number } | null
  readonly costUsd: number | null
}

/** `error` where the output tells no more: the exit code and stderr may. */
export const noResult = 'it ended without a result'

export type JsonObject = Readonly<Record<string, unknown>>

/** The objects among the lines, in order. */
export function jsonLines(stdout: string): readonly JsonObject[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line)
      return isRecord(value) ? [value] : []
    } catch {
      return [] // a warning of the program, or a line cut short
    }
  })
}

export function objectOf(value: unknown): JsonObject {
  return isRecord(value) ? value : {}
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

/** null unless both are numbers. */
export function usageOf(input: unknown, output: unknown): HeadlessResult['usage'] {
  return typeof input === 'number' && typeof output === 'number' ? { input, output } : null
}
