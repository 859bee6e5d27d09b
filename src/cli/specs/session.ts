import type { CommandSpec } from '../command.ts'

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
