import { taskStatuses } from '../../model/job.ts'
import { runtimeKinds } from '../../model/runtime.ts'
import type { CommandSpec, OptionSpec } from '../command.ts'
import { collect, duration, positiveInteger } from '../option-parsers.ts'

const detach: OptionSpec = { flags: '-d, --detach', description: 'print the id, and do not wait' }
const noQueue: OptionSpec = { flags: '--no-queue', description: 'refuse when the agent is busy with a task' }
const grace: OptionSpec = {
  flags: '--grace <duration>',
  description: 'time between TERM and KILL (default: 2s)',
  parse: duration,
}
const module = () => import('../commands/task.ts')
const runModule = () => import('../commands/task-run.ts')

const subcommands: readonly CommandSpec[] = [
  {
    name: 'run',
    args: '<agent> [prompt...]',
    summary: 'give an agent a prompt, or run a shell command for it, and print the result',
    options: [
      {
        flags: '--shell <command>',
        description: 'run this by sh -c, with the agent’s environment and directory',
      },
      { flags: '--file <path>', description: 'the prompt is in this file (- for standard input)' },
      detach,
      { flags: '--timeout <duration>', description: 'end it when it takes longer', parse: duration },
      { flags: '--fresh', description: 'begin a new session' },
      { flags: '--session <id>', description: 'take up this session' },
      { flags: '--model <model>', description: 'model to use' },
      { flags: '--tag <tag>', description: 'a word to find it by; repeatable', parse: collect },
      noQueue,
    ],
    examples: [
      'team task run web:lead "summarise the open changes"',
      'git diff | team task run role=reviewer -',
      'team task run -d web:api --shell "npm test" --timeout 10m',
      'team task run web:lead --json -- "-v: what does it mean?"',
    ],
    completes: 'agent',
    load: async () => (await runModule()).taskRun,
  },
  {
    name: 'ls',
    args: '[target...]',
    summary: 'list tasks, the newest first',
    options: [
      { flags: '-a, --all', description: 'all, not just the last 20' },
      { flags: '-n, --last <count>', description: 'as many', parse: positiveInteger },
      {
        flags: '--status <status>',
        description: 'only in this state; repeatable',
        choices: taskStatuses,
        parse: collect,
      },
      { flags: '--tag <tag>', description: 'only with this tag; repeatable', parse: collect },
      {
        flags: '--runtime <kind>',
        description: 'only of agents of this kind; repeatable',
        choices: runtimeKinds,
        parse: collect,
      },
      {
        flags: '--children <id>',
        description: 'only those that this task has started; `self` is the own one',
      },
    ],
    examples: ['team task ls', 'team task ls web --status failed', 'team task ls --children self --json'],
    completes: 'targets',
    load: async () => (await import('../commands/task-ls.ts')).taskLs,
  },
  {
    name: 'show',
    args: '<id...>',
    summary: 'show all that is known of tasks',
    options: [],
    examples: ['team task show self', 'team task show mh8k2p1x40a3f9q --json'],
    completes: 'none',
    load: async () => (await module()).taskShow,
  },
  {
    name: 'output',
    args: '<id>',
    summary: 'show what a task has printed',
    options: [
      { flags: '-f, --follow', description: 'go on as more comes, to its end' },
      { flags: '-n, --tail <lines>', description: 'lines from the end', parse: positiveInteger },
      { flags: '--result', description: 'only the agent’s answer' },
    ],
    examples: ['team task output -f mh8k2p1x40a3f9q'],
    completes: 'none',
    load: async () => (await module()).taskOutput,
  },
  {
    name: 'wait',
    args: '<id...>',
    summary: 'wait until tasks have ended',
    options: [
      { flags: '--any', description: 'until one of them has' },
      { flags: '--timeout <duration>', description: 'no longer than this; exit code 4', parse: duration },
    ],
    examples: ['team task wait $(team task run -d web:lead "go")'],
    completes: 'none',
    load: async () => (await module()).taskWait,
  },
  {
    name: 'cancel',
    args: '[id...]',
    summary: 'end tasks with everything that they have started',
    options: [{ flags: '--all', description: 'all that have not ended' }, grace],
    examples: ['team task cancel mh8k2p1x40a3f9q', 'team task cancel --all --grace 10s'],
    completes: 'none',
    load: async () => (await module()).taskCancel,
  },
  {
    name: 'retry',
    args: '<id>',
    summary: 'give the same task once more',
    options: [detach, noQueue],
    examples: ['team task retry mh8k2p1x40a3f9q'],
    completes: 'none',
    load: async () => (await runModule()).taskRetry,
  },
  {
    name: 'rm',
    args: '<id...>',
    summary: 'remove tasks that have ended, with their output',
    options: [],
    examples: ['team task rm mh8k2p1x40a3f9q'],
    completes: 'none',
    load: async () => (await module()).taskRm,
  },
  {
    name: 'prune',
    args: '',
    summary: 'remove all tasks that have ended',
    options: [
      { flags: '--older-than <duration>', description: 'only those that ended before', parse: duration },
    ],
    examples: ['team task prune --older-than 168h'],
    completes: 'none',
    load: async () => (await module()).taskPrune,
  },
  {
    name: 'notices',
    args: '',
    summary: 'tell which tasks have ended since the last time this reader asked',
    options: [
      { flags: '--reader <name>', description: 'who asks: each reader is told once' },
      { flags: '--peek', description: 'tell them, and tell them again until they are acknowledged' },
      {
        flags: '--ack <id>',
        description: 'tell nothing, but never again of this task; repeatable',
        parse: collect,
      },
    ],
    examples: ['team task notices --reader lead --json', 'team task notices --reader lead --peek --json'],
    completes: 'none',
    load: async () => (await import('../commands/task-notices.ts')).taskNotices,
  },
  {
    name: 'stats',
    args: '',
    summary: 'count tasks, tokens and cost',
    options: [],
    examples: ['team task stats --json'],
    completes: 'none',
    load: async () => (await module()).taskStats,
  },
]

export const taskSpecs: readonly CommandSpec[] = [
  {
    name: 'task',
    args: '',
    summary: 'give agents work in the background, and look after it',
    options: [],
    examples: ['team task run web:lead "summarise the open changes"', 'team task ls'],
    completes: 'none',
    subcommands,
    load: async () => (await import('../commands/group.ts')).group('task', subcommands),
  },
  {
    name: '__job',
    args: '<folder> <state> <id>',
    summary: 'run one task or process to its end',
    options: [],
    examples: [],
    completes: 'none',
    hidden: true,
    load: async () => (await import('../jobs/host.ts')).jobHost,
  },
  {
    name: '__on-end',
    args: '<state> <id>',
    summary: 'run what the file says for the end of a task',
    options: [],
    examples: [],
    completes: 'none',
    hidden: true,
    load: async () => (await import('../jobs/on-end.ts')).onEndHost,
  },
]
