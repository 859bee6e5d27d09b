import { option, program, type Runtime, signal } from './runtime.ts'

/** opencode. SIGTERM ends it in every state within 0.4 s; a Ctrl-C only clears a draft (1.18.33). */
export const opencode: Runtime = {
  kind: 'opencode',
  argv: (agent) => [
    ...program(agent, ['opencode']),
    ...option('--model', agent.model),
    ...agent.args,
    ...option('--prompt', agent.prompt?.text ?? null),
  ],
  env: { OPENCODE_DISABLE_AUTOUPDATE: '1' },
  drainSteps: [signal('SIGTERM')],
}
