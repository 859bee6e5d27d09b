import { key, option, pause, program, type Runtime } from './runtime.ts'

/**
 * Claude Code. Escape first: it ends a turn, a tool and a permission dialog, in which no number of Ctrl-C
 * does. The two Ctrl-C must fall within about 600 ms of each other (2.1.197: 5 of 5 in all five states).
 */
export const claude: Runtime = {
  kind: 'claude',
  argv: (agent) => [
    ...program(agent, ['claude']),
    ...option('--model', agent.model),
    ...agent.args,
    // `--`: a prompt may begin with a dash.
    ...(agent.prompt === null ? [] : ['--', agent.prompt.text]),
  ],
  // SANDBOXED: no trust dialog, whose answer would have to be written into the user's own settings.
  env: { DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_SANDBOXED: '1' },
  drainSteps: [key('Escape'), pause(400), key('C-c'), pause(300), key('C-c')],
}
