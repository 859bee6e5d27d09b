import { sessionStart, sessionWord } from '../model/session.ts'
import { geminiHeadless } from './gemini-headless.ts'
import { option, program, type Runtime, signal } from './runtime.ts'

/**
 * Gemini CLI. Without GEMINI_CLI_NO_RELAUNCH its launcher ignores every signal and outlives its terminal.
 * No Escape or Ctrl-C: they spoil the later resume.
 */
export const gemini: Runtime = {
  kind: 'gemini',
  argv: (agent, use) => [
    ...program(agent, ['gemini']),
    '--skip-trust',
    ...(use === 'none' ? [] : [use === 'new' ? '--session-id' : '--resume', sessionWord]),
    ...option('--model', agent.model),
    ...agent.args,
    ...option('-i', agent.prompt?.text ?? null),
  ],
  env: { GEMINI_CLI_NO_RELAUNCH: 'true' },
  drainSteps: [signal('SIGTERM')],
  turn: ({ title }) => {
    if (title.startsWith('◇')) return 'idle'
    if (title.startsWith('✋')) return 'waiting'
    return title.startsWith('✦') || title.startsWith('⏲') ? 'busy' : 'unknown'
  },
  sessions: {
    pinned: true,
    ownArguments: ['--resume', '-r', '--session-id', '--session-file'],
    home: (env) => `${env.GEMINI_CLI_HOME || env.HOME || ''}/.gemini`,
    transcript: (home) => `${home}/tmp/*/chats/session-*-${sessionStart}.json*`,
    farewell: null,
    liveFile: () => null,
    openFile: null,
  },
  headless: geminiHeadless,
  testedVersions: ['0.61.0'],
}
