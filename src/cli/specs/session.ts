import type { CommandSpec } from '../command.ts'
import { positiveInteger } from '../option-parsers.ts'

const module = () => import('../commands/session.ts')

const subcommands: readonly CommandSpec[] = [
  {
    name: 'ls',
    args: '[target...]',
    summary: 'list which conversation each agent holds, and which its tasks go on with',
    options: [],
    examples: ['team session ls', 'team session ls web --json'],
    completes: 'targets',
    load: async () => (await module()).sessionLs,
  },
  {
    name: 'show',
    args: '<agent> [id]',
    summary: 'print a conversation: that of the agent’s terminal, or the one with this id',
    options: [
      { flags: '--tasks', description: 'the one that its tasks go on with' },
      {
        flags: '-n, --tail <count>',
        description: 'only so many entries from its end',
        parse: positiveInteger,
      },
    ],
    examples: [
      'team session show web:lead',
      'team session show web:lead --tasks -n 10',
      'team session show web:lead 7f1c2d34-5a6b-4c7d-8e9f-0a1b2c3d4e5f --json',
    ],
    completes: 'agent',
    load: async () => (await import('../commands/session-show.ts')).sessionShow,
  },
  {
    name: 'reset',
    args: '<agent>',
    summary: 'let the next task of an agent begin a new conversation',
    options: [],
    examples: ['team session reset web:lead'],
    completes: 'agent',
    load: async () => (await module()).sessionReset,
  },
  {
    name: 'adopt',
    args: '<agent> <id>',
    summary: 'let the tasks of an agent go on with this conversation',
    options: [],
    examples: ['team session adopt web:lead 7f1c2d34-5a6b-4c7d-8e9f-0a1b2c3d4e5f'],
    completes: 'agent',
    load: async () => (await module()).sessionAdopt,
  },
]

export const sessionSpecs: readonly CommandSpec[] = [
  {
    name: 'session',
    args: '',
    summary: 'see and choose the conversations of agents',
    options: [],
    examples: ['team session ls', 'team session reset web:lead'],
    completes: 'none',
    subcommands,
    load: async () => (await import('../commands/group.ts')).group('session', subcommands),
  },
]
