import type { CommandSpec, OptionSpec } from '../command.ts'
import { down, reload, restart, up } from '../commands/lifecycle.ts'
import { duration, positiveInteger } from '../option-parsers.ts'

const dryRun: OptionSpec = { flags: '--dry-run', description: 'show what would be done, and do nothing' }
const verbose: OptionSpec = {
  flags: '-v, --verbose',
  description: 'also list agents that are left as they are',
}
const drain: OptionSpec = {
  flags: '--drain <duration>',
  description: 'time for each agent to end by itself, instead of its own',
  parse: duration,
}
const now: OptionSpec = { flags: '--now', description: 'do not ask the agents to end: kill them' }
const lockTimeout: OptionSpec = {
  flags: '--lock-timeout <duration>',
  description: 'how long to wait for another command (default: 10m)',
  parse: duration,
}
const wait: readonly OptionSpec[] = [
  { flags: '--wait', description: 'go on until every started agent has lived for a second' },
  {
    flags: '--wait-timeout <duration>',
    description: 'give up waiting after this (default: 60s)',
    parse: duration,
  },
]

/** Commands that change what runs. */
export const lifecycleSpecs: readonly CommandSpec[] = [
  {
    name: 'up',
    args: '[target...]',
    summary: 'start what is missing or has ended',
    options: [
      ...wait,
      { flags: '--force-recreate', description: 'drain and start also what is running and unchanged' },
      { flags: '--remove-orphans', description: 'drain agents that are no longer in the file' },
      drain,
      dryRun,
      verbose,
      lockTimeout,
    ],
    examples: ['team up', 'team up web', 'team up web:lead --wait', "team up 'web:*' --dry-run"],
    completes: 'targets',
    load: async () => up,
  },
  {
    name: 'down',
    args: '[target...]',
    summary: 'drain and stop, with tasks and processes; without targets also orphans and the tmux server',
    options: [drain, now, dryRun, verbose, lockTimeout],
    examples: ['team down', 'team down web --drain 2m', 'team down --now'],
    completes: 'targets',
    load: async () => down,
  },
  {
    name: 'reload',
    args: '[target...]',
    summary: 'apply the edited file: restart only what changed, drain what was removed',
    options: [
      drain,
      now,
      { flags: '--force', description: 'restart also what is unchanged' },
      { flags: '--rolling <n>', description: 'restart at most n agents at a time', parse: positiveInteger },
      ...wait,
      dryRun,
      verbose,
      lockTimeout,
    ],
    examples: [
      'team reload',
      'team reload --dry-run',
      'team reload --drain 30s',
      'team reload web --rolling 1',
    ],
    completes: 'targets',
    load: async () => reload,
  },
  {
    name: 'restart',
    args: '[target...]',
    summary: 'drain and start, whether or not anything changed',
    options: [
      drain,
      now,
      { flags: '--rolling <n>', description: 'restart at most n agents at a time', parse: positiveInteger },
      ...wait,
      dryRun,
      verbose,
      lockTimeout,
    ],
    examples: ['team restart web:api', 'team restart role=worker --rolling 2'],
    completes: 'targets',
    load: async () => restart,
  },
]
