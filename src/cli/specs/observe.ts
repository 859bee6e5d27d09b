import { awaited } from '../../model/activity.ts'
import { agentStates } from '../../model/status.ts'
import type { CommandSpec } from '../command.ts'
import { ps } from '../commands/ps.ts'
import { collect, duration, nonNegativeInteger, positiveInteger, since } from '../option-parsers.ts'

/** Commands that look. */
export const observeSpecs: readonly CommandSpec[] = [
  {
    name: 'ps',
    args: '[target...]',
    summary: 'list the agents that are up',
    options: [
      { flags: '-a, --all', description: 'also those that are stopped' },
      {
        flags: '--status <state>',
        description: 'only agents in this state; repeatable, implies --all',
        choices: agentStates,
        parse: collect,
      },
      { flags: '--watch', description: 'show it again whenever something changes' },
    ],
    examples: [
      'team ps',
      'team ps -a',
      'team ps -q role=worker',
      'team ps --status failed',
      'team ps --json',
    ],
    completes: 'targets',
    load: async () => ps,
  },
  {
    name: 'ls',
    args: '',
    summary: 'list all teams of this user on this machine',
    options: [],
    examples: ['team ls', 'team ls --json'],
    completes: 'none',
    load: async () => (await import('../commands/ls.ts')).ls,
  },
  {
    name: 'logs',
    args: '[target...]',
    summary: 'show the agents’ conversations, and what the terminals of all others showed',
    options: [
      { flags: '-f, --follow', description: 'go on as more comes' },
      {
        flags: '-n, --tail <lines>',
        description: 'lines from the end (default: all, 10 with -f)',
        parse: nonNegativeInteger,
      },
      { flags: '--since <time>', description: 'a duration such as 10m, or a time', parse: since },
      { flags: '-t, --timestamps', description: 'show when each line came' },
      { flags: '--terminal', description: 'the terminal’s text also of agents that have a conversation' },
      { flags: '--raw', description: 'the terminal’s own bytes, control codes included' },
      { flags: '--no-prefix', description: 'without the agents’ names' },
    ],
    examples: [
      'team logs web:api',
      'team logs -f',
      'team logs -n 100 -t web',
      'team logs --since 10m',
      'team logs web:lead --terminal',
    ],
    completes: 'targets',
    load: async () => (await import('../commands/logs.ts')).logs,
  },
  {
    name: 'events',
    args: '[target...]',
    summary: 'show what happened: starts, exits, drains',
    options: [
      { flags: '-f, --follow', description: 'go on as more comes' },
      { flags: '--since <time>', description: 'a duration such as 10m, or a time', parse: since },
    ],
    examples: ['team events --since 1h', 'team events -f --json'],
    completes: 'targets',
    load: async () => (await import('../commands/events.ts')).events,
  },
  {
    name: 'history',
    args: '[target...]',
    summary: 'list past and present runs of agents, tasks and processes, the newest first',
    options: [
      { flags: '-n, --limit <count>', description: 'as many (default: 20)', parse: positiveInteger },
      { flags: '-a, --all', description: 'all that is known' },
      { flags: '--since <time>', description: 'only what began since: 10m, or a time', parse: since },
      {
        flags: '--kind <kind>',
        description: 'only runs of this kind; repeatable',
        choices: ['agent', 'prompt', 'shell', 'process'],
        parse: collect,
      },
    ],
    examples: ['team history', 'team history web:lead --since 24h', 'team history --kind agent -a --json'],
    completes: 'targets',
    load: async () => (await import('../commands/history.ts')).history,
  },
  {
    name: 'wait',
    args: '[target...]',
    summary: 'wait until agents are idle, busy, waiting, blocked or have exited',
    options: [
      {
        flags: '--for <activity>',
        description: 'idle (the default), busy, waiting, blocked or exited',
        choices: awaited,
      },
      { flags: '--any', description: 'one of them is enough' },
      {
        flags: '--timeout <duration>',
        description: 'give up after this, with exit code 4 (default: never)',
        parse: duration,
      },
    ],
    examples: [
      'team wait web:lead',
      'team wait web --for waiting --any',
      'team wait --for exited --timeout 5m',
    ],
    completes: 'targets',
    load: async () => (await import('../commands/wait.ts')).wait,
  },
]
