import { key, option, pause, program, type Runtime } from './runtime.ts'

/**
 * Codex CLI. `--no-daemon`: the daemon outlives every kill, goes on with the turn and blocks the resume
 * (0.169.0).
 */
export const codex: Runtime = {
  kind: 'codex',
  argv: (agent) => [
    ...program(agent, ['codex']),
    '--no-daemon',
    ...option('--model', agent.model),
    ...agent.args,
    ...(agent.prompt === null ? [] : ['--', agent.prompt.text]),
  ],
  env: {},
  drainSteps: [key('Escape'), pause(400), key('C-c'), pause(300), key('C-c')],
}
