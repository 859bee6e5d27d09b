import type { CommandSpec, Invocation } from './command.ts'
import type { Context, GlobalOptions } from './context.ts'

/** Everything a context is made of but the options. */
export type World = Omit<Context, 'globals'>

export interface ProgramResult {
  readonly text: string
  readonly exitCode: number
}

export interface ParsedLine extends Pick<Invocation, 'args' | 'options'> {
  readonly globals: GlobalOptions
}

/** Runs one command and renders what it hands back. */
export async function invoke(spec: CommandSpec, line: ParsedLine, world: World): Promise<ProgramResult> {
  const { args, options, globals } = line
  const run = await spec.load()
  const { exitCode, json, human } = await run({ context: { ...world, globals }, args, options })
  if (globals.json) return { exitCode, text: json === undefined ? '' : `${JSON.stringify(json, null, 2)}\n` }
  const text = human()
  return { exitCode, text: text === '' || text.endsWith('\n') ? text : `${text}\n` }
}
