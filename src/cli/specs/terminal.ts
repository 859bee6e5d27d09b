import type { CommandSpec } from '../command.ts'
import { positiveInteger } from '../option-parsers.ts'

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
