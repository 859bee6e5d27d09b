import type { OptionSpec } from './command.ts'
import { collect } from './option-parsers.ts'

export const progressFlags = ['auto', 'tty', 'plain', 'json', 'quiet'] as const

/** Options of every command; they may stand before it or after it. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '-f, --file <path>',
    description: 'compose file; repeatable, later ones override',
    parse: collect,
  },
  { flags: '--json', description: 'print one JSON document on stdout; streams print JSON Lines' },
  { flags: '-q, --quiet', description: 'print only ids, or what went wrong' },
  { flags: '--progress <mode>', description: 'how to show progress on stderr', choices: progressFlags },
  { flags: '--no-color', description: 'no colours (also: NO_COLOR)' },
  { flags: '--debug', description: 'show stack traces' },
]
