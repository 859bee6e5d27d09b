import type { ActivityReading, InputState, TerminalLook } from '../model/activity.ts'
import { sessionWord } from '../model/session.ts'
import { opencodeHeadless } from './opencode-headless.ts'
import { directory, option, program, type Runtime, signal } from './runtime.ts'
import { firstMatch, inputAt, lastMatch, reading, rowsAfterLast } from './screen.ts'

/** opencode. SIGTERM ends it in every state within 0.4 s; a Ctrl-C only clears a draft. */
export const opencode: Runtime = {
  kind: 'opencode',
  argv: (agent, use) => [
    ...program(agent, ['opencode']),
    ...(use === 'resume' ? ['--session', sessionWord] : []),
    ...option('--model', agent.model),
    ...agent.args,
    // Into an old session it takes no prompt: it would silently drop it.
    ...(use === 'resume' ? [] : option('--prompt', agent.prompt?.text ?? null)),
  ],
  env: { OPENCODE_DISABLE_AUTOUPDATE: '1' },
  drainSteps: [signal('SIGTERM')],
  activity: {
    read,
    manners: {
      dialog: '△ ',
      interrupt: ['Escape', 'Escape'],
      pasteMs: 700,
      placeholder: /^Ask anything/,
      shellMark: null,
    },
  },
  sessions: {
    pinned: false,
    ownArguments: ['--session', '-s', '--continue', '-c', '--fork'],
    home: (env) => `${directory(env, 'XDG_DATA_HOME', '.local/share')}/opencode`,
    // They are rows of a database.
    transcript: () => null,
    entries: null,
    // Without a session it says `undefined`.
    farewell: { before: 'opencode -s ', idStart: 'ses_' },
    liveFile: () => null,
    openFile: null,
  },
  headless: opencodeHeadless,
  // Merged over the user's own settings.
  mcp: ({ name, command, args }) => {
    const server = { type: 'local', command: [command, ...args], enabled: true }
    return { args: [], env: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ mcp: { [name]: server } }) } }
  },
  testedVersions: ['1.18.33'],
}

/** Its title names the session only. */
function read(look: TerminalLook): ActivityReading {
  const { title, lines } = look
  const asked = rowsAfterLast(lines, /△ /)
  if (asked.length < lines.length) {
    return reading('waiting', { detail: firstMatch(asked, /^\s*┃\s+(\$ .*)/) ?? lastMatch(lines, /△ (.*)/) })
  }
  const { state, above } = inputAt(look, /^\s*┃/, 2)
  const input = inShell(lines) && state !== 'none' ? 'shell' : inputState(state, above)
  const retry = lastMatch(lines, /[■⬝]\s+(.*?\[retrying.*?\])/)
  if (retry !== null || lastMatch(lines, /esc (?:again to )?interrupt/) !== null)
    return reading('busy', { detail: retry, input })
  if (input === 'none') {
    const open = title !== '' && lastMatch(lines, /\besc\s*$/) !== null
    if (open) return reading('waiting', { detail: 'a menu is open' })
    // While it draws, its cursor is elsewhere for a moment.
    return reading(lines.some((row) => /^\s*┃/.test(row)) ? 'idle' : 'starting')
  }
  const error = failureIn(above)
  return reading(error === null ? 'idle' : 'blocked', { detail: error, input })
}

/** The last row of its box says what becomes of what is typed. */
function inShell(lines: readonly string[]): boolean {
  const end = lines.findLastIndex((row) => /^\s*╹/.test(row))
  return /^\s*┃\s+Shell\b/.test(lines[end - 1] ?? '')
}

/** All rows of its box look alike: the first has nothing above it. */
function inputState(state: InputState, above: readonly string[]): InputState {
  return state === 'empty' && /┃\s*\S/.test(above.at(-1) ?? '') ? 'draft' : state
}

/** A turn that failed ends in two boxes without an answer: what was asked, and why not. null: it did not. */
function failureIn(conversation: readonly string[]): string | null {
  const end = conversation.findLastIndex((row) => /^\s*▣ /.test(row))
  const boxes = conversation
    .slice(0, end)
    // On a wide screen something else stands at the right of every row.
    .map((row) => row.replace(/(?:^|(\S))\s{8,}\S.*$/, '$1'))
    .filter((row) => row.trim() !== '')
    .join('\n')
    .split(/^(?!\s*┃).*$/m)
  const rows = (end === -1 ? '' : (boxes.at(-1) ?? '')).split('\n').map((row) => row.replace(/^\s*┃\s*/, ''))
  const texts = rows
    .join('\n')
    .trim()
    .split(/\n{3,}/)
  return texts.length < 2 ? null : firstMatch(texts.slice(-1), /[\s\S]+/)
}
