import { sessionWord } from '../model/session.ts'
import { opencodeHeadless } from './opencode-headless.ts'
import { directory, option, program, type Runtime, signal } from './runtime.ts'

/** opencode. SIGTERM ends it in every state within 0.4 s; a Ctrl-C only clears a draft. */
export const opencode: Runtime = {
  kind: 'opencode',
  argv: (agent, use) => [
    ...program(agent, ['opencode']),
    ...(use === 'resume' ? ['--session', sessionWord] : []),
    ...option('--model', agent.model),
    ...agent.args,
    ...option('--prompt', agent.prompt?.text ?? null),
  ],
  env: { OPENCODE_DISABLE_AUTOUPDATE: '1' },
  drainSteps: [signal('SIGTERM')],
  // Its title names the session only.
  turn: ({ screen }) => {
    if (/Permission required/.test(screen)) return 'waiting'
    if (/esc (again to )?interrupt/.test(screen)) return 'busy'
    return /ctrl\+p commands/.test(screen) ? 'idle' : 'unknown'
  },
  sessions: {
    pinned: false,
    ownArguments: ['--session', '-s', '--continue', '-c', '--fork'],
    home: (env) => `${directory(env, 'XDG_DATA_HOME', '.local/share')}/opencode`,
    // They are rows of a database.
    transcript: () => null,
    // Without a session it says `undefined`.
    farewell: { before: 'opencode -s ', idStart: 'ses_' },
    liveFile: () => null,
    openFile: null,
  },
  headless: opencodeHeadless,
  testedVersions: ['1.18.33'],
}
