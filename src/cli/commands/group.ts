import { nearest } from '../../compose/suggest.ts'
import { TeamError } from '../../errors.ts'
import type { CommandSpec, Run } from '../command.ts'

/** A group by itself does nothing. @throws TeamError `usage` */
export function group(name: string, subcommands: readonly CommandSpec[]): Run {
  return async ({ args: [word] }) => {
    const names = subcommands.map((spec) => spec.name)
    const near = word === undefined ? null : nearest(word, names)
    const what = word === undefined ? `team ${name} needs a command` : `no command "${word}" in team ${name}`
    throw new TeamError('usage', near === null ? what : `${what}; did you mean "${near}"?`, {
      hint: `one of: ${names.join(', ')}`,
    })
  }
}
