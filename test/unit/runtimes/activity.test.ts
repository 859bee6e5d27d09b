import { describe, expect, it } from 'vitest'
import type { ActivityReading, TerminalLook } from '../../../src/model/activity.ts'
import type { RuntimeKind } from '../../../src/model/runtime.ts'
import { runtimeOf } from '../../../src/runtimes/registry.ts'

/** A screen as the real program shows it, cut to what counts; `▮` is where the cursor stands, `▯` where a hidden one does. */
function look(title: string, screen: string): TerminalLook {
  const rows = screen.replace(/^\n/, '').split('\n')
  const y = rows.findIndex((row) => /[▮▯]/.test(row))
  const x = Math.max(0, rows[y]?.search(/[▮▯]/) ?? 0)
  const cursor = { x, y: Math.max(0, y), visible: !screen.includes('▯') }
  return { title, cursor, lines: rows.map((row) => row.replace(/[▮▯]/, '').trimEnd()) }
}

type Told = Partial<ActivityReading>

function expectRead(kind: RuntimeKind, shown: TerminalLook, told: Told, own: object | null = null): void {
  const { activity } = runtimeOf(kind)
  expect(activity?.read(shown, own === null ? null : { ...own })).toMatchObject(told)
}

const rule = '─'.repeat(40)

describe('claude', () => {
  const file = (status: string, more: object = {}) => ({
    status,
    statusUpdatedAt: 1_795_241_639_252,
    ...more,
  })
  const idle = look(
    '✳ Claude Code',
    `\n❯ hello\n● hi\n✻ Cooked for 0s\n${rule}\n❯ ▮\n${rule}\n  ? for shortcuts`,
  )

  it('is idle, with an empty prompt or a draft, by its file or by its title', () => {
    expectRead('claude', idle, { activity: 'idle', input: 'empty', since: 1_795_241_639_252 }, file('idle'))
    expectRead('claude', idle, { activity: 'idle', input: 'empty', since: null, detail: null })
    const draft = look('✳ Claude Code', `${rule}\n❯ a draft\n  of two rows▮\n${rule}`)
    expectRead('claude', draft, { activity: 'idle', input: 'draft' }, file('idle'))
  })

  it('is busy, and says that it tries again', () => {
    const busy = look(
      '⠂ Claude Code',
      `❯ go\n✻ API error · Retrying in 3s · attempt 4/10\n${rule}\n❯ ▮\n${rule}`,
    )
    expectRead('claude', busy, { activity: 'busy', detail: 'API error · Retrying in 3s · attempt 4/10' })
    expectRead('claude', idle, { activity: 'busy', detail: null }, file('busy'))
  })

  it('waits for a permission', () => {
    const asks = look(
      '✳ x',
      `● Bash(touch a)\n${rule}\n Bash command\n   touch a\n\n Do you want to proceed?\n ❯▮1. Yes\n Esc to cancel`,
    )
    const detail = 'permission prompt: Bash command: touch a'
    expectRead(
      'claude',
      asks,
      { activity: 'waiting', detail, input: 'none' },
      file('waiting', { waitingFor: 'permission prompt' }),
    )
    expectRead('claude', asks, { activity: 'waiting', detail: 'a dialog: Bash command: touch a' })
  })

  it.each([
    '● API Error: Request rejected (429) · This request would exceed your account’s rate limit.',
    '  ⎿  Not logged in · Please run /login',
    '● API Error: Unable to connect to API (ConnectionRefused)',
    '● API Error: 529 Overloaded. This is a server-side issue',
  ])('is blocked: %s', (row) => {
    const screen = `❯ hello\n● hi\n❯ again\n${row}\n\n✻ Worked for 0s\n${rule}\n❯ ▮\n${rule}`
    const detail = row.replace(/^\s*\S\s+/, '')
    expectRead('claude', look('✳ x', screen), { activity: 'blocked', detail, input: 'empty' }, file('idle'))
  })

  it('is idle again once a prompt was answered', () => {
    const screen = `❯ one\n● API Error: 529 Overloaded\n❯ two\n● done\n${rule}\n❯ ▮\n${rule}`
    expectRead('claude', look('✳ x', screen), { activity: 'idle', detail: null }, file('idle'))
  })

  it('is blocked by the questions of its start, and else starts', () => {
    expectRead('claude', look('', ' Accessing workspace:\n ❯▮1. Yes\n Enter to confirm · Esc to cancel'), {
      activity: 'blocked',
      detail: 'Accessing workspace:',
    })
    expectRead('claude', look('', '▮'), { activity: 'starting' })
  })
})

it.each<[RuntimeKind, string, string]>([
  ['claude', '✳ Claude Code', `${rule}\n! ls▮\n${rule}\n  ! for shell mode`],
  ['codex', 'work', '! ▮\n\n  scripted default · /work'],
  ['gemini', '◇  Ready (work)', '  shell mode enabled (esc to disable)\n ! ▮ Type your shell command'],
  ['opencode', 'OpenCode', '  ┃\n  ┃  ▮Run a command… "git status"\n  ┃\n  ┃  Shell\n  ╹▀▀▀'],
])('%s in its shell mode has no prompt', (kind, title, screen) => {
  expectRead(kind, look(title, screen), { activity: 'idle', input: 'shell' })
})

describe('codex', () => {
  const prompt = '› ▮Ask Codex to do anything\n\n  scripted default · /work'

  it('is idle, busy by its title or its row, and says what it has trouble with', () => {
    expectRead('codex', look('work', `› hello\n• hi\n${prompt}`), {
      activity: 'idle',
      input: 'empty',
      detail: null,
    })
    expectRead('codex', look('work', '› hello\n• hi\n› a draft▮'), { activity: 'idle', input: 'draft' })
    expectRead('codex', look('⠧ work', `› hello\n• so far${prompt}`), { activity: 'busy', detail: null })
    const retries = `› hello\n◦ Reconnecting... 5/5 (6s • esc to interrupt)\n  └ Unexpected status 401\n${prompt}`
    expectRead('codex', look('⠧ work', retries), {
      activity: 'busy',
      detail: 'Reconnecting... 5/5 Unexpected status 401',
    })
  })

  it('waits for a permission, and in a menu', () => {
    const asks = look(
      '[ . ] Action Required | work',
      '  Would you like to run this?\n  $ touch a\n› 1. Yes\n  Press enter to confirm',
    )
    expectRead('codex', asks, { activity: 'waiting', detail: '$ touch a', input: 'none' })
    const view = look('work', '› hello\n› Ask Codex\n  Browsing transcript · esc back▯')
    expectRead('codex', view, { activity: 'waiting', detail: 'a menu or a view is open', input: 'none' })
  })

  it('is in no menu because its cursor is hidden while it draws', () => {
    const drawn = look('work', '• so far (esc to interrupt)\n▯› hello\n\n  scripted default · /work')
    expectRead('codex', drawn, { activity: 'idle', input: 'none' })
    const asked = look('work', '  Select a review preset\n› 1. Review\n\n  enter select · esc back▯')
    expectRead('codex', asked, { activity: 'waiting', input: 'none' })
  })

  it('is blocked by the last error, not by an older one or by an interruption', () => {
    const limit = '■ You’ve hit your usage limit. Upgrade to Pro'
    expectRead('codex', look('work', `› hello\n${limit}\n${prompt}`), {
      activity: 'blocked',
      detail: 'You’ve hit your usage limit. Upgrade to Pro',
    })
    expectRead('codex', look('work', `› one\n${limit}\n› two\n• done\n${prompt}`), { activity: 'idle' })
    expectRead('codex', look('work', `› one\n■ Conversation interrupted - use /feedback\n${prompt}`), {
      activity: 'idle',
    })
  })

  it('is blocked by another program that holds its conversation', () => {
    const held =
      '  🔒  This conversation is open in another app\n      Close it there\n   r retry   ←/esc command center▯'
    const detail = 'This conversation is open in another app'
    expectRead('codex', look('work', held), { activity: 'blocked', detail, input: 'none' })
  })

  it('is blocked by a login, and else starts', () => {
    expectRead(
      'codex',
      look('', '> 1. Sign in with ChatGPT▮\n  2. Sign in with Device Code\n  Press enter to continue'),
      {
        activity: 'blocked',
        detail: 'Sign in with',
      },
    )
    const update =
      '  Update available · 0.169.0 → 99.0.0\n\n› 1. Update now▯\n  2. Skip\n\n  enter continue · esc skip'
    expectRead('codex', look('', update), {
      activity: 'blocked',
      detail: 'Update available · 0.169.0 → 99.0.0',
      input: 'none',
    })
    expectRead('codex', look('', '▮'), { activity: 'starting' })
  })
})

describe('gemini', () => {
  const prompt = ` >   ▮Type your message or @path/to/file\n workspace`.replace('  ▮', '▮')

  it('is idle, busy and waiting by its title', () => {
    expectRead('gemini', look('◇  Ready (work)', ` > hello\n✦ hi\n${prompt}`), {
      activity: 'idle',
      input: 'empty',
    })
    expectRead('gemini', look('◇  Ready (work)', ' > a draft▮'), { activity: 'idle', input: 'draft' })
    expectRead('gemini', look('✦  Working… (work)', ` > hello\n${prompt}`), { activity: 'busy' })
    expectRead(
      'gemini',
      look('✋  Action Required (work)', '│ ? Shell  touch a     │\n│ ● 1. Allow once │\n▮'),
      {
        activity: 'waiting',
        detail: 'Shell touch a',
      },
    )
  })

  it('is not ready before it takes input', () => {
    expectRead('gemini', look('◇  Ready (work)', '▮'), { activity: 'starting' })
  })

  it('is blocked by the last error, a limit or a login', () => {
    expectRead('gemini', look('◇  Ready (work)', ` > one\n✕ [API Error: 401]\n${prompt}`), {
      activity: 'blocked',
      detail: '[API Error: 401]',
    })
    expectRead('gemini', look('◇  Ready (work)', ` > one\n✕ [API Error: 401]\n > two\n✦ done\n${prompt}`), {
      activity: 'idle',
    })
    const limit = '│ Usage limit reached for all Pro models. │\n│ ● 1. Keep trying │\n│   2. Stop │\n▮'
    expectRead('gemini', look('✦  Working… (work)', limit), {
      activity: 'blocked',
      detail: 'Usage limit reached for all Pro models.',
    })
    const login = '│   How would you like to authenticate for this project? │\n│ ● 1. Sign in │\n▮'
    expectRead('gemini', look('◇  Ready (work)', login), { activity: 'blocked' })
  })
})

describe('opencode', () => {
  const box = '  ┃\n  ┃  ▮\n  ┃\n  ┃  Build · Scripted local\n  ╹▀▀▀\n   /work   ctrl+p commands'

  it('is idle, with a draft of several rows too', () => {
    expectRead('opencode', look('OpenCode', box), { activity: 'idle', input: 'empty' })
    expectRead('opencode', look('OpenCode', '  ┃\n  ┃  one▮\n  ┃'), { input: 'draft' })
    expectRead('opencode', look('OpenCode', '  ┃\n  ┃  one\n  ┃  ▮\n  ┃'), { input: 'draft' })
    // Being drawn: its cursor is elsewhere.
    const drawn = `▮\n${box.replace('▮', '')}`
    expectRead('opencode', look('OpenCode', drawn), { activity: 'idle', input: 'none' })
    expectRead('opencode', look('OpenCode', '▮'), { activity: 'starting' })
  })

  it('is busy, and says that it tries again', () => {
    expectRead('opencode', look('OC | Title', `${box}\n   esc interrupt`), { activity: 'busy', detail: null })
    const retry = '■■⬝⬝ You exceeded your quota [retrying in 8s attempt #3]'
    expectRead('opencode', look('OC | Title', `${box}\n   ${retry}`), {
      activity: 'busy',
      detail: 'You exceeded your quota [retrying in 8s attempt #3]',
    })
  })

  it('waits for a permission', () => {
    const asks =
      '  ┃  TOOL\n     $ touch a\n  ┃  △ Permission required\n  ┃    # Shell command\n  ┃\n  ┃  $ touch a\n  ┃   Allow once▮'
    expectRead('opencode', look('OC | Title', asks), {
      activity: 'waiting',
      detail: '$ touch a',
      input: 'none',
    })
  })

  it('is blocked by a turn that ended in an error', () => {
    const failed = `  ┃\n  ┃  again\n  ┃\n\n  ┃\n  ┃  scripted failure\n  ┃\n\n     ▣  Build · Scripted\n\n${box}`
    expectRead('opencode', look('OC | Title', failed), { activity: 'blocked', detail: 'scripted failure' })
    const wide = failed.split('\n').map((row) => `${row.padEnd(60)}Context`)
    const wideBox = [...wide.slice(0, -6), ...wide.slice(-6).map((row) => row.replace(/\s+Context$/, ''))]
    expectRead('opencode', look('OC | Title', wideBox.join('\n')), {
      activity: 'blocked',
      detail: 'scripted failure',
    })
    const done = `  ┃\n  ┃  one\n  ┃  \n  ┃  two\n  ┃\n\n     done\n\n     ▣  Build · Scripted · 1s\n\n${box}`
    expectRead('opencode', look('OC | Title', done), { activity: 'idle', detail: null })
    const cut = `  ┃\n  ┃  one\n  ┃\n  ┃  two\n  ┃\n\n     ▣  Build · interrupted\n\n${box}`
    expectRead('opencode', look('OC | Title', cut), { activity: 'idle', detail: null })
  })

  it('starts until it has set a title', () => {
    expectRead('opencode', look('', '▮'), { activity: 'starting' })
  })
})
