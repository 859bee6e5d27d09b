import type { ActivityReading, TerminalLook } from '../model/activity.ts'
import { sessionStart, sessionWord } from '../model/session.ts'
import { geminiHeadless } from './gemini-headless.ts'
import { geminiEntries } from './gemini-transcript.ts'
import { option, program, type Runtime, signal } from './runtime.ts'
import { firstMatch, inputAt, lastMatch, reading, rowsAfterLast } from './screen.ts'

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
  activity: {
    read,
    manners: {
      dialog: 'Action Required|^│ +● [0-9]',
      interrupt: ['Escape'],
      pasteMs: 700,
      placeholder: /^\s*Type your message/,
      shellMark: null,
    },
  },
  sessions: {
    pinned: true,
    ownArguments: ['--resume', '-r', '--session-id', '--session-file'],
    home: (env) => `${env.GEMINI_CLI_HOME || env.HOME || ''}/.gemini`,
    transcript: (home) => `${home}/tmp/*/chats/session-*-${sessionStart}.json*`,
    entries: geminiEntries,
    farewell: null,
    liveFile: () => null,
    openFile: null,
  },
  headless: geminiHeadless,
  // Only from settings files: the user's, the directory's, or one that must be root's.
  mcp: null,
  testedVersions: ['0.61.0'],
}

function read(look: TerminalLook): ActivityReading {
  const { title, lines } = look
  const { state: input, above } = inputAt(look, /^ [>*!](?!\S)/, 1)
  if (title.startsWith('✋')) return reading('waiting', { detail: lastMatch(lines, /^│ \? (.*?)\s*│?$/) })
  const dialog = lastMatch(
    lines,
    /^│\s+(.*(?:[Ll]imit reached|authenticate|[Tt]rust|quota|capacity).*?)\s*│?$/,
  )
  if (input === 'none' && dialog !== null) return reading('blocked', { detail: dialog })
  if (title.startsWith('✦') || title.startsWith('⏲')) {
    return reading('busy', {
      detail: lastMatch(above, /(?:^| )((?:Trying to reach|Retrying).*?)\s*$/),
      input,
    })
  }
  // It calls itself ready before it takes input.
  if (!title.startsWith('◇')) return reading('starting')
  if (input === 'none') {
    const open = lastMatch(lines, /^│ +● ([0-9].*?)\s*│?$/)
    if (open !== null) return reading('waiting', { detail: `a menu is open: ${open}` })
    // While it draws, its cursor is elsewhere for a moment.
    return reading(lastMatch(lines, /^ [>*!](?!\S)/) === null ? 'starting' : 'idle')
  }
  const error = firstMatch(rowsAfterLast(above, /^ [>*!] /), /^✕ (.*)/)
  return reading(error === null ? 'idle' : 'blocked', { detail: error, input })
}
