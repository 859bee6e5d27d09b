import type { Context } from './context.ts'

/** What a command hands back; it never prints or exits itself. */
export interface CommandResult {
  readonly exitCode: number
  /** What `--json` prints, as one document; undefined for streams, which have written themselves. */
  readonly json: unknown
  /** What people read on stdout; an empty text prints nothing. */
  readonly human: () => string
}

/** Options of a command as commander gives them: camel-cased long names. */
export type Options = Readonly<Record<string, unknown>>

export interface Invocation {
  readonly context: Context
  /** Positional arguments, flat. */
  readonly args: readonly string[]
  readonly options: Options
}

export type Run = (invocation: Invocation) => Promise<CommandResult>

/** One command, as data: help, completion and the reference in docs come from it. */
export interface CommandSpec {
  readonly name: string
  /** In commander's syntax: `[target...]`, `<agent> <key...>`. */
  readonly args: string
  readonly summary: string
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
  /** What completion offers for its arguments. */
  readonly completes: 'targets' | 'agent' | 'shells' | 'none'
  /** It is nothing but a group of these. */
  readonly subcommands?: readonly CommandSpec[]
  /** Not for people: left out of help and completion. */
  readonly hidden?: boolean
  /** Stop parsing options at the first argument: what follows belongs to another program. */
  readonly passThrough?: boolean
  /** Imports the command only when it is the one that runs; the frequent ones are in the main chunk, as each chunk costs a ms. */
  readonly load: () => Promise<Run>
}

export interface OptionSpec {
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  /** Checks and converts the text; a usage error names the option. */
  readonly parse?: (text: string, previous: unknown) => unknown
}

/** Typed look at one option. */
export function flag(options: Options, name: string): boolean {
  return options[name] === true
}

export function numberOption(options: Options, name: string): number | null {
  const value = options[name]
  return typeof value === 'number' ? value : null
}

export function stringOption(options: Options, name: string): string | null {
  const value = options[name]
  return typeof value === 'string' ? value : null
}

export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
