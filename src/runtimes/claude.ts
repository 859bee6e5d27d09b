import type { ActivityReading, TerminalLook } from '../model/activity.ts'
import { sessionWord } from '../model/session.ts'
import { claudeHeadless } from './claude-headless.ts'
import { claudeEntries } from './claude-transcript.ts'
import { type JsonObject, numberOf, textOf } from './headless.ts'
import { directory, key, option, pause, program, type Runtime } from './runtime.ts'
import { firstMatch, inputAt, lastMatch, reading, rowsAfterLast, spinner } from './screen.ts'

/**
 * Claude Code. Escape first: it ends a turn, a tool and a permission dialog, in which no number of Ctrl-C
 * does. The two Ctrl-C must fall within about 600 ms of each other.
 */
export const claude: Runtime = {
  kind: 'claude',
  argv: (agent, use) => [
    ...program(agent, ['claude']),
    ...(use === 'none' ? [] : [use === 'new' ? '--session-id' : '--resume', sessionWord]),
    ...option('--model', agent.model),
    ...agent.args,
    // `--`: a prompt may begin with a dash.
    ...(agent.prompt === null ? [] : ['--', agent.prompt.text]),
  ],
  // SANDBOXED: no trust dialog, whose answer would have to be written into the user's own settings.
  env: { DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_SANDBOXED: '1' },
  drainSteps: [key('Escape'), pause(400), key('C-c'), pause(300), key('C-c')],
  activity: {
    read,
    manners: {
      dialog: '^ *(Enter to confirm.*)?Esc to (cancel|exit)',
      interrupt: ['Escape'],
      pasteMs: 400,
      placeholder: /^Try "/,
      shellMark: '!',
    },
  },
  sessions: {
    pinned: true,
    ownArguments: ['--resume', '-r', '--continue', '-c', '--session-id', '--fork-session', '--from-pr'],
    home: (env) => directory(env, 'CLAUDE_CONFIG_DIR', '.claude'),
    // It looks for a session among those of its own working directory only.
    transcript: (home, cwd) => `${home}/projects/${projectName(cwd)}/${sessionWord}.jsonl`,
    entries: claudeEntries,
    farewell: { before: 'claude --resume ', idStart: '' },
    liveFile: (home, pid) => `${home}/sessions/${pid}.json`,
    openFile: null,
  },
  headless: claudeHeadless,
  // One word each: both options take all words that follow. alwaysLoad: `claude -p` waits up to 5 s for the server, not 2,
  // before a turn that would have none of its tools (2.1.197; a terminal's first turn never waits).
  mcp: ({ name, command, args }) => ({
    args: [
      `--mcp-config=${JSON.stringify({ mcpServers: { [name]: { type: 'stdio', command, args, alwaysLoad: true } } })}`,
      `--allowedTools=mcp__${name}`,
    ],
    env: {},
  }),
  testedVersions: ['2.1.197'],
}

/** Long names are cut and get a hash, which is left to the pattern. */
function projectName(cwd: string): string {
  const name = cwd.replace(/[^A-Za-z0-9]/g, '-')
  return name.length <= 200 ? name : `${name.slice(0, 200)}*`
}

/** Its own file says it best; why it stands still is only on the screen. */
function read(look: TerminalLook, own: JsonObject | null): ActivityReading {
  const { state: input, above } = inputAt(look, /^[❯!](?!\S)/, 1)
  const status = textOf(own?.status)
  const since = numberOf(own?.statusUpdatedAt)
  // The title of a dialog is that of an idle agent.
  if (status === 'busy' || (status === null && spinner.test(look.title))) {
    return reading('busy', { detail: lastMatch(above, /^\S (API error.*)/), since, input })
  }
  const ready = status === null && look.title.startsWith('✳')
  if (status === 'waiting' || (ready && asks(look))) {
    const dialog = rowsAfterLast(look.lines, /^─{10}/).filter((row) => row !== '')
    return reading('waiting', { detail: waitingDetail(textOf(own?.waitingFor), dialog), since })
  }
  if (status === 'idle' || (ready && input !== 'none')) {
    const error = firstMatch(rowsAfterLast(above, /^❯ \S/), failure)
    return reading(error === null ? 'idle' : 'blocked', { detail: error, since, input })
  }
  // Before its file is there: the questions of its start.
  const question = firstMatch(
    look.lines,
    /^ *((?:Accessing workspace|Detected a custom API key|Select login).*)/,
  )
  if (question !== null || asks(look))
    return reading('blocked', { detail: question ?? 'a question of its start' })
  return reading('starting')
}

function asks({ lines }: TerminalLook): boolean {
  return firstMatch(lines, /(?:^ *|· )Esc to (?:cancel|exit)/) !== null
}

function waitingDetail(waitingFor: string | null, dialog: readonly string[]): string {
  const what = dialog.slice(0, 2).map((row) => row.trim())
  return firstMatch([[waitingFor ?? 'a dialog', ...what].join(': ')], /.*/) ?? 'a dialog'
}

/** How what it says of a failed request begins. */
const failure =
  /^\s*[●⎿]\s+((?:API Error:|Not logged in|Please run \/login|Invalid API key|OAuth token|Credit balance|You've hit your |Claude usage limit|\S+ limit reached).*)/
