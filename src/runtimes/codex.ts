import type { AgentSpec } from '../model/agent.ts'
import { sessionWord } from '../model/session.ts'
import { codexHeadless } from './codex-headless.ts'
import { directory, key, option, pause, program, type Runtime, spinner } from './runtime.ts'

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
    ...option('--model', agent.model),
    ...agent.args,
    ...(use === 'resume' || agent.prompt !== null ? ['--'] : []),
    ...(use === 'resume' ? [sessionWord] : []),
    ...(agent.prompt === null ? [] : [agent.prompt.text]),
  ],
  env: {},
  drainSteps: [key('Escape'), pause(400), key('C-c'), pause(300), key('C-c')],
  turn: ({ title }) => {
    if (spinner.test(title)) return 'busy'
    if (title === '') return 'unknown'
    return /Action Required/.test(title) ? 'waiting' : 'idle'
  },
  sessions: {
    pinned: false,
    ownArguments: ['resume', 'fork', '--last', '--remote'],
    home: (env) => directory(env, 'CODEX_HOME', '.codex'),
    transcript: (home) => `${home}/sessions/*/*/*/rollout-*-${sessionWord}.jsonl`,
    farewell: { before: 'codex resume ', idStart: '' },
    liveFile: () => null,
    // Held from the start, while the conversation's own file is only made with its first prompt.
    openFile: /\/thread-writer-locks\/([0-9a-f-]{36})\.lock$/,
  },
  headless: codexHeadless,
  testedVersions: ['0.169.0'],
}

/** As overrides of this run: the user's config.toml stays as it is. */
function unattended({ cwd }: AgentSpec): readonly string[] {
  const trusted = `projects={${JSON.stringify(cwd)}={trust_level="trusted"}}`
  return ['-c', 'check_for_update_on_startup=false', '-c', trusted]
}
