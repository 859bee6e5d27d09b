import type { CommandSpec } from '../command.ts'
import { duration, positiveInteger } from '../option-parsers.ts'

/** Commands that reach one agent. */
export const terminalSpecs: readonly CommandSpec[] = [
  {
    name: 'attach',
    args: '<agent>',
    summary: 'open an agent’s terminal; C-b d leaves it',
    options: [{ flags: '--read-only', description: 'look, but do not type' }],
    examples: ['team attach web:lead', 'team attach lead --read-only'],
    completes: 'agent',
    load: async () => (await import('../commands/terminal.ts')).attach,
  },
  {
    name: 'capture',
    args: '<agent>',
    summary: 'print what an agent’s screen shows now',
    options: [
      { flags: '-n, --lines <lines>', description: 'with so many lines of history', parse: positiveInteger },
    ],
    examples: ['team capture web:lead', 'team capture web:lead -n 200'],
    completes: 'agent',
    load: async () => (await import('../commands/terminal.ts')).captureScreen,
  },
  {
    name: 'send',
    args: '<agent...>',
    summary: 'type a prompt into agents and submit it, verified; the last argument is the text, - reads it',
    options: [
      { flags: '--file <path>', description: 'the prompt is in this file (- for standard input)' },
      { flags: '--queue', description: 'an agent that is busy keeps it for later, instead of refusing it' },
      { flags: '--interrupt', description: 'end the turn of an agent that is busy first' },
      {
        flags: '--when <moment>',
        description: 'idle: put it into the inbox, from where it is typed at the next idle moment',
        choices: ['now', 'idle'],
      },
      { flags: '--no-header', description: 'from an agent: without the line that says who sends it' },
      { flags: '--wait', description: 'go on until the turn has ended, and print the answer' },
      {
        flags: '--timeout <duration>',
        description: 'with --wait: give up after this, with exit code 4 (default: never)',
        parse: duration,
      },
    ],
    examples: [
      "team send web:lead 'run the tests'",
      "team send role=worker 'stop after this' --queue",
      'team send web:lead --file task.md --wait',
      "team send web:lead 'the build is green' --when idle",
      'git diff | team send reviewer - --wait --timeout 10m',
    ],
    completes: 'targets',
    load: async () => (await import('../commands/send.ts')).send,
  },
  {
    name: 'keys',
    args: '<agent> <key...>',
    summary: 'press keys in an agent’s terminal, by their tmux names',
    options: [],
    examples: ['team keys web:lead Escape', 'team keys web:lead C-c C-c', 'team keys web:lead y Enter'],
    completes: 'agent',
    load: async () => (await import('../commands/terminal.ts')).keys,
  },
  {
    name: 'exec',
    args: '<agent> <command...>',
    summary: 'run a command with an agent’s environment and working directory',
    options: [],
    examples: ['team exec web:api -- npm test', 'team exec web:api -- env'],
    completes: 'agent',
    passThrough: true,
    load: async () => (await import('../commands/exec.ts')).exec,
  },
]
