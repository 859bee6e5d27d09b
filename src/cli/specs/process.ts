import type { CommandSpec, OptionSpec } from '../command.ts'
import { duration } from '../option-parsers.ts'

const any: OptionSpec = { flags: '--any', description: 'also a process of another agent' }
const module = () => import('../commands/process.ts')

const subcommands: readonly CommandSpec[] = [
  {
    name: 'start',
    args: '<command> [args...]',
    summary: 'start a program that goes on between calls, and print its id',
    options: [
      {
        flags: '--owner <agent>',
        description: 'agent that it belongs to, and whose environment and directory it gets',
      },
    ],
    examples: ['team process start -- python3 -i', 'team process start --owner web:api -- npm run dev'],
    completes: 'none',
    passThrough: true,
    load: async () => (await module()).processStart,
  },
  {
    name: 'write',
    args: '<id> [text]',
    summary: 'write a line to its standard input',
    options: [
      { flags: '--no-newline', description: 'without a line end' },
      { flags: '--eof', description: 'then close its standard input' },
      any,
    ],
    examples: [
      'team process write mh8k2p1x40a3f9q "print(6 * 7)"',
      'team process write mh8k2p1x40a3f9q --eof',
    ],
    completes: 'none',
    load: async () => (await module()).processWrite,
  },
  {
    name: 'read',
    args: '<id>',
    summary: 'show what it has printed since this reader looked last',
    options: [
      { flags: '--reader <name>', description: 'who reads (default: the agent, or user)' },
      { flags: '--since <cursor>', description: 'from this place instead: STDOUT,STDERR as `cursor` tells' },
      { flags: '-f, --follow', description: 'go on as more comes, to its end' },
      { flags: '--wait <duration>', description: 'wait as long for something to come', parse: duration },
      any,
    ],
    examples: ['team process read mh8k2p1x40a3f9q --json', 'team process read -f mh8k2p1x40a3f9q'],
    completes: 'none',
    load: async () => (await module()).processRead,
  },
  {
    name: 'kill',
    args: '<id...>',
    summary: 'end processes with everything that they have started',
    options: [
      {
        flags: '--grace <duration>',
        description: 'time between TERM and KILL (default: 2s)',
        parse: duration,
      },
      any,
    ],
    examples: ['team process kill mh8k2p1x40a3f9q'],
    completes: 'none',
    load: async () => (await module()).processKill,
  },
  {
    name: 'ls',
    args: '',
    summary: 'list processes, the newest first',
    options: [
      { flags: '-a, --all', description: 'also those that have ended' },
      { flags: '--owner <agent>', description: 'only those of this agent' },
    ],
    examples: ['team process ls', 'team process ls -a --json'],
    completes: 'none',
    load: async () => (await module()).processLs,
  },
  {
    name: 'prune',
    args: '',
    summary: 'remove processes that have ended, with their output',
    options: [
      { flags: '--older-than <duration>', description: 'only those that ended before', parse: duration },
    ],
    examples: ['team process prune --older-than 24h'],
    completes: 'none',
    load: async () => (await module()).processPrune,
  },
]

export const processSpecs: readonly CommandSpec[] = [
  {
    name: 'process',
    args: '',
    summary: 'keep programs running between calls: a REPL, a server',
    options: [],
    examples: ['team process start -- python3 -i', 'team process ls'],
    completes: 'none',
    subcommands,
    load: async () => (await import('../commands/group.ts')).group('process', subcommands),
  },
]
