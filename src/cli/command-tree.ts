import type { CommandNode, CommandOption } from '../model/command-tree.ts'
import type { CommandSpec, OptionSpec } from './command.ts'
import { globalOptions } from './global-options.ts'
import { commandSpecs } from './specs.ts'

/** The command table as completion and the reference see it. */
export function commandTree(): CommandNode {
  return {
    name: 'team',
    description: 'docker compose for AI agents',
    options: globalOptions.map(toOption),
    args: 'none',
    subcommands: commandSpecs.filter((spec) => spec.hidden !== true).map(toNode),
  }
}

function toNode(spec: CommandSpec): CommandNode {
  return {
    name: spec.name,
    description: spec.summary,
    options: spec.options.map(toOption),
    args: spec.completes,
    subcommands: (spec.subcommands ?? []).map(toNode),
  }
}

function toOption({ flags, description, choices }: OptionSpec): CommandOption {
  return { flags, description, takesValue: flags.includes('<'), choices: choices ?? null }
}
