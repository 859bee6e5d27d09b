import { key, program, type Runtime } from './runtime.ts'

/** Any program. One Ctrl-C, as a person would. */
export const command: Runtime = {
  kind: 'command',
  argv: (agent) => [...program(agent, []), ...agent.args],
  env: {},
  drainSteps: [key('C-c')],
  activity: null,
  sessions: null,
  headless: null,
  mcp: null,
  testedVersions: [],
}
