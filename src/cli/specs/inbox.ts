import type { CommandSpec } from '../command.ts'

const module = () => import('../commands/inbox.ts')

const subcommands: readonly CommandSpec[] = [
  {
    name: 'ls',
    args: '[target...]',
    summary: 'list messages that wait for idle moments, and those whose delivery is unsure',
    options: [{ flags: '-a, --all', description: 'also the last that were delivered or removed' }],
    examples: ['team inbox ls', 'team inbox ls web:lead -a --json'],
    completes: 'targets',
    load: async () => (await module()).inboxLs,
  },
  {
    name: 'rm',
    args: '<id...>',
    summary: 'remove messages that have not been delivered',
    options: [],
    examples: ['team inbox rm 0mh8k2p1x40a3f9'],
    completes: 'none',
    load: async () => (await module()).inboxRm,
  },
]

export const inboxSpecs: readonly CommandSpec[] = [
  {
    name: 'inbox',
    args: '',
    summary: 'see what `send --when idle` has left for agents',
    options: [],
    examples: ["team send web:lead 'the build is green' --when idle", 'team inbox ls'],
    completes: 'none',
    subcommands,
    load: async () => (await import('../commands/group.ts')).group('inbox', subcommands),
  },
  {
    name: '__inbox',
    args: '',
    summary: 'bring agents their messages, until none waits',
    options: [],
    examples: [],
    completes: 'none',
    hidden: true,
    load: async () => (await import('../inbox/runner.ts')).inboxRunner,
  },
]
