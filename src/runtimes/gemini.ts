import { option, program, type Runtime, signal } from './runtime.ts'

/**
 * Gemini CLI. Without GEMINI_CLI_NO_RELAUNCH its launcher ignores every signal and outlives its terminal.
 * No Escape or Ctrl-C: they spoil the later resume (0.61.0).
 */
export const gemini: Runtime = {
  kind: 'gemini',
  argv: (agent) => [
    ...program(agent, ['gemini']),
    ...option('--model', agent.model),
    ...agent.args,
    ...option('-i', agent.prompt?.text ?? null),
  ],
  env: { GEMINI_CLI_NO_RELAUNCH: 'true' },
  drainSteps: [signal('SIGTERM')],
}
