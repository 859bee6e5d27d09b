import type { ActivityReading, TerminalLook } from '../model/activity.ts'
import type { AgentSpec } from '../model/agent.ts'
import type { McpServer } from '../model/mcp.ts'
import { sessionWord } from '../model/session.ts'
import { codexHeadless } from './codex-headless.ts'
import { codexEntries } from './codex-transcript.ts'
import { directory, key, option, pause, program, type Runtime } from './runtime.ts'
import { firstMatch, inputAt, lastMatch, reading, rowsAfterLast, spinner } from './screen.ts'

/**
 * Codex CLI. `--no-daemon`: the daemon outlives every kill, goes on with the turn and blocks the resume.
 * Two Ctrl-C end it in every state; the Escape before them ends a turn first.
 */
export const codex: Runtime = {
  kind: 'codex',
  argv: (agent, use) => [
    ...program(agent, ['codex']),
    ...(use === 'resume' ? ['resume'] : []),
    '--no-daemon',
    ...unattended(agent),
    ...(use === 'resume' ? directoryOf(agent) : []),
    ...option('--model', agent.model),
    ...agent.args,
    ...(use === 'resume' || agent.prompt !== null ? ['--'] : []),
    ...(use === 'resume' ? [sessionWord] : []),
    ...(agent.prompt === null ? [] : [agent.prompt.text]),
  ],
  env: {},
  drainSteps: [key('Escape'), pause(400), key('C-c'), pause(300), key('C-c')],
  activity: {
    read,
    manners: {
      dialog: 'Action Required|^ *(Press enter to|enter continue)',
      interrupt: ['Escape'],
      pasteMs: 400,
      placeholder: /^Ask Codex/,
      shellMark: '!',
    },
  },
  sessions: {
    pinned: false,
    ownArguments: ['resume', 'fork', '--last', '--remote'],
    home: (env) => directory(env, 'CODEX_HOME', '.codex'),
    transcript: (home) => `${home}/sessions/*/*/*/rollout-*-${sessionWord}.jsonl`,
    entries: codexEntries,
    farewell: { before: 'codex resume ', idStart: '' },
    liveFile: () => null,
    // Held from the start, while the conversation's own file is only made with its first prompt.
    openFile: /\/thread-writer-locks\/([0-9a-f-]{36})\.lock$/,
  },
  headless: codexHeadless,
  mcp: (server) => ({ args: ['-c', serverSetting(server)], env: {} }),
  testedVersions: ['0.169.0'],
}

/** Named, as it asks where to go on with a session that was last in another one. It may stand there only once. */
function directoryOf({ cwd, args }: AgentSpec): readonly string[] {
  return args.some((word) => /^(?:-C|--cd(?:=|$))/.test(word)) ? [] : ['-C', cwd]
}

/** As overrides of this run: the user's config.toml stays as it is. */
function unattended({ cwd }: AgentSpec): readonly string[] {
  const trusted = `projects={${JSON.stringify(cwd)}={trust_level="trusted"}}`
  return ['-c', 'check_for_update_on_startup=false', '-c', trusted]
}

/**
 * It starts servers with a handful of variables, unless told of more by name, and begins a turn without the tools of a
 * server that has not started within a second, unless it is required (0.169.0). JSON's strings and lists are TOML's.
 */
function serverSetting({ name, command, args, needs }: McpServer): string {
  const settings = [
    `command=${JSON.stringify(command)}`,
    `args=${JSON.stringify(args)}`,
    `env_vars=${JSON.stringify(needs)}`,
    'default_tools_approval_mode="approve"',
    'required=true',
    // Where many start at once; its default is 10 s, after which it would not start.
    'startup_timeout_sec=60',
  ]
  return `mcp_servers.${name}={${settings.join(',')}}`
}

function read(look: TerminalLook): ActivityReading {
  const { title, lines } = look
  const found = inputAt(look, /^[›!](?!\S)/, 1)
  // In menus and views its cursor is hidden, and stands below the prompt.
  const { state: input, above } = look.cursor.visible ? found : { state: 'none' as const, above: lines }
  if (/Action Required/.test(title))
    return reading('waiting', {
      detail: lastMatch(lines, /^\s+(\$ .*)/) ?? lastMatch(lines, /^\s*(.*\?)\s*$/),
    })
  const turn = rowsAfterLast(above, /^›\s/)
  // The row is not there while the answer is written, the spinner always is.
  if (spinner.test(title) || firstMatch(turn, /^[•◦] .*esc to interrupt/) !== null) {
    const trouble = firstMatch(turn, /^[•◦] (Reconnecting.*?) *(?:\(|$)/)
    const why = firstMatch(turn, /^ +└ (.*)/)
    return reading('busy', {
      detail: trouble === null ? null : [trouble, why].filter((text) => text !== null).join(' '),
      input,
    })
  }
  if (input !== 'none') {
    const error = lastMatch(turn, /^■ (?!Conversation interrupted)(.*)/)
    return reading(error === null ? 'idle' : 'blocked', { detail: error, input })
  }
  const dialog = lastMatch(lines, /^\s*((?:Press enter|enter (?:to|continue)|esc to).*)/i)
  if (title !== '') {
    // It hides its cursor while it draws as well: only what says how to leave it is a menu or a view.
    const elsewhere = firstMatch(lines, /(This conversation is open in another app)/)
    if (elsewhere !== null) return reading('blocked', { detail: elsewhere })
    const isOpen = lines
      .filter((row) => row !== '')
      .slice(-2)
      .some((row) => leaving.test(row))
    return isOpen ? reading('waiting', { detail: 'a menu or a view is open' }) : reading('idle')
  }
  if (dialog === null) return reading('starting')
  return reading('blocked', {
    detail:
      firstMatch(lines, /(Sign in with|.*trust the contents|Update available.*|Hooks need review.*)/) ??
      dialog,
  })
}

/** How the last rows of a menu or a view begin or go on; a row of a turn that runs says how to interrupt it. */
const leaving = /\besc\b(?! to interrupt)|^\s*q to |\bctrl ?\+ ?c to exit/i
