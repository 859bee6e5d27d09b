import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { ExitCode, TeamError } from '../errors.ts'
import { type CommandSpec, listOption, type OptionSpec, type Options } from './command.ts'
import type { GlobalOptions } from './context.ts'
import { globalOptions, progressFlags } from './global-options.ts'
import { invoke, type ProgramResult, type World } from './invoke.ts'
import { OptionValueError } from './option-parsers.ts'
import { commandSpecs } from './specs.ts'

/** The commander tree around the command table. Adds nothing that the table does not say. */
export async function runProgram(argv: readonly string[], world: World): Promise<ProgramResult> {
  let help = ''
  const program = withGlobals(new Command('team'), [])
    .description('docker compose for AI agents')
    .usage('[options] COMMAND')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (part) => {
        help += part
      },
      // Usage errors are thrown, and shown like every other error.
      writeErr: () => undefined,
      getOutHelpWidth: () => world.stdout.columns() || 100,
    })
    .addHelpText('after', topHelp)
  let done: ProgramResult | null = null
  for (const spec of commandSpecs) {
    const command = program.command(spec.name, { hidden: spec.hidden === true }).description(spec.summary)
    if (spec.args !== '') command.arguments(spec.args)
    // Making 200 options costs 3 ms: only the command that is named gets its own.
    if (!argv.includes(spec.name)) continue
    // What is no command of the group is told by the group.
    command.allowExcessArguments(spec.subcommands !== undefined)
    for (const part of [spec, ...(spec.subcommands ?? [])]) {
      const own = part === spec ? command : subcommand(command, part)
      // What stands between the group and its command belongs to every command.
      const outer = () => (part === spec ? program.opts() : { ...program.opts(), ...command.opts() })
      equip(own, part, async (args, options) => {
        done = await invoke(part, { args, options, globals: readGlobals(outer(), options) }, world)
      })
    }
  }
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return helpOrUsageError(error, help, program.args)
  }
  return done ?? { text: help, exitCode: ExitCode.ok }
}

function subcommand(group: Command, spec: CommandSpec): Command {
  const command = group.command(spec.name).description(spec.summary)
  return spec.args === '' ? command : command.arguments(spec.args)
}

/** Help is a result; everything else that commander says is a usage error. */
function helpOrUsageError(error: CommanderError, help: string, words: readonly string[]): ProgramResult {
  if (error.exitCode === 0) return { text: help, exitCode: ExitCode.ok }
  // Where nothing is to be run, commander shows its help as an error of that name.
  const unknown = words.find((word) => word !== 'help' && !word.startsWith('-'))
  const nothing = unknown === undefined ? 'a command is needed' : `unknown command '${unknown}'`
  const message = error.code === 'commander.help' ? nothing : error.message.replace(/^error: /, '')
  const named = commandSpecs.find(({ name }) => name === words[0])?.name
  throw new TeamError('usage', message, {
    hint: `see: team ${named === undefined ? '--help, or team COMMAND' : named} --help`,
  })
}

/** `own`: options of the command, which keep their names: `logs -f` follows, as everywhere else, and `send --file` is the prompt's. */
function withGlobals(command: Command, own: readonly OptionSpec[]): Command {
  const ownsShort = own.some(({ flags }) => flags.startsWith('-f,'))
  const ownsLong = own.some(({ flags }) => flags.startsWith('--file '))
  for (const spec of globalOptions) {
    const long = ownsLong ? spec.flags.replace(', --file', '') : spec.flags
    command.addOption(toOption({ ...spec, flags: ownsShort ? long.replace('-f, ', '') : long }))
  }
  return command
}

function toOption({ flags, description, choices, parse }: OptionSpec): Option {
  const option = new Option(flags, description)
  if (choices !== undefined) option.choices(choices)
  // After choices(), which sets a parser of its own.
  if (parse !== undefined) option.argParser(checked(choices ?? null, parse))
  return option
}

function checked(choices: readonly string[] | null, parse: NonNullable<OptionSpec['parse']>): typeof parse {
  return (text, previous) => {
    if (choices !== null && !choices.includes(text)) {
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`)
    }
    try {
      return parse(text, previous)
    } catch (error) {
      throw error instanceof OptionValueError ? new InvalidArgumentError(error.message) : error
    }
  }
}

/** Gives a command its options, its examples and its work. */
function equip(
  command: Command,
  spec: CommandSpec,
  action: (args: readonly string[], options: Options) => Promise<void>,
): void {
  for (const option of spec.options) command.addOption(toOption(option))
  withGlobals(command, spec.options)
  if (spec.passThrough === true) command.passThroughOptions()
  if (spec.examples.length > 0) {
    command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`)
  }
  command.action(() => action(command.args, command.opts()))
}

/** Global options may stand before the command and after it; the later one wins, files add up. */
function readGlobals(before: Options, after: Options): GlobalOptions {
  const merged = { ...before, ...after }
  const progress = progressFlags.find((mode) => mode === merged.progress)
  return {
    files: [...listOption(before, 'file'), ...listOption(after, 'file'), ...listOption(after, 'f')],
    json: merged.json === true,
    quiet: merged.quiet === true,
    progress: progress ?? 'auto',
    debug: merged.debug === true,
  }
}

const topHelp = `
Targets name agents: a project, project:agent, an agent's own name when unique, globs
('web:*'), or role=NAME. None means all.

Examples:
  team init              write a starter team.yaml here
  team up                start what is missing
  team ps                what is running
  team attach web:lead   its terminal; detach with C-b d
  team reload            apply the edited file without losing what the others do
  team down              drain and stop everything`
