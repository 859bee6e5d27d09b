import { sessionWord } from '../model/session.ts'
import { claudeHeadless } from './claude-headless.ts'
import { directory, key, option, pause, program, type Runtime, spinner } from './runtime.ts'

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
  // The title of a dialog is that of an idle agent.
  turn: ({ title, screen }) => {
    if (spinner.test(title)) return 'busy'
    if (!title.startsWith('✳')) return 'unknown'
    return /Esc to cancel|Do you want to/.test(screen) ? 'waiting' : 'idle'
  },
  sessions: {
    pinned: true,
    ownArguments: ['--resume', '-r', '--continue', '-c', '--session-id', '--fork-session', '--from-pr'],
    home: (env) => directory(env, 'CLAUDE_CONFIG_DIR', '.claude'),
    // It looks for a session among those of its own working directory only.
    transcript: (home, cwd) => `${home}/projects/${projectName(cwd)}/${sessionWord}.jsonl`,
    farewell: { before: 'claude --resume ', idStart: '' },
    liveFile: (home, pid) => `${home}/sessions/${pid}.json`,
    openFile: null,
  },
  headless: claudeHeadless,
  testedVersions: ['2.1.197'],
}

/** Long names are cut and get a hash, which is left to the pattern. */
function projectName(cwd: string): string {
  const name = cwd.replace(/[^A-Za-z0-9]/g, '-')
  return name.length <= 200 ? name : `${name.slice(0, 200)}*`
}
