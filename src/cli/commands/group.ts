import { TeamError } from '../../errors.ts'
import type { CommandSpec, Run } from '../command.ts'

/** A group by itself does nothing. @throws TeamError `usage` */
export function group(name: string, subcommands: readonly CommandSpec[]): Run {
  return async ({ args: [word] }) => {
    const what = word === undefined ? `team ${name} needs a command` : `no command "${word}" in team ${name}`
    throw new TeamError('usage', what, { hint: `one of: ${subcommands.map((spec) => spec.name).join(', ')}` })
  }
}
