import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processesIn } from '../support/census.ts'
import { expectError, ok } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { onTerminal } from '../support/terminal.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = createSandbox()
  const lead = { ...sleeper, role: 'boss' }
  writeTeam(sandbox, { 'web:lead': lead, 'web:api': sleeper, 'docs:lead': sleeper, 'docs:writer': sleeper })
  mkdirSync(join(sandbox.dir, 'directory'))
  mkdirSync(join(sandbox.dir, 'no/file/here'), { recursive: true })
  sandbox.write('broken.yaml', 'projects: {web: {agents: {lead: {comand: x}}}\n')
  sandbox.write('wrong.yaml', 'projects:\n  web:\n    agents:\n      lead:\n        comand: x\n')
  sandbox.write('empty.yaml', '')
  sandbox.write('latin1.yaml', Buffer.from('name: caf\u00e9', 'latin1'))
  await ok(sandbox, ['up', 'docs:writer'])
})
afterAll(() => sandbox.dispose())

type Case = readonly [
  what: string,
  args: readonly string[],
  code: number,
  ...texts: readonly (string | RegExp)[],
]

const usage: readonly Case[] = [
  ['an unknown command', ['pss'], 2, "unknown command 'pss'", 'ps', 'team --help'],
  ['an unknown command of a group', ['task', 'lss'], 2, 'no command "lss" in team task', 'ls', 'rm'],
  ['an unknown option', ['ps', '--al'], 2, "unknown option '--al'", '--all', 'see: team ps --help'],
  ['an option without its value', ['down', '--drain'], 2, "'--drain <duration>' argument missing"],
  [
    'a duration without a unit',
    ['down', '--drain', '30'],
    2,
    "'--drain <duration>'",
    "'30' is invalid",
    '30s',
  ],
  [
    'a duration that is none',
    ['up', '--wait-timeout', 'soon'],
    2,
    "'soon' is invalid",
    '500ms, 30s, 2m or 1h',
  ],
  ['a count of zero', ['restart', '--rolling', '0'], 2, "'--rolling <n>'", 'a whole number above 0'],
  ['lines that are no number', ['logs', '-n', 'x'], 2, "'x' is invalid", 'a whole number'],
  ['a time that is none', ['logs', '--since', 'noon'], 2, "'noon' is invalid", '2026-01-31T12:00:00Z'],
  ['a number that is no time', ['logs', '--since', '5'], 2, "'5' is invalid", 'a duration such as 10m'],
  ['words that are no time', ['events', '--since', 'last 5'], 2, "'last 5' is invalid"],
  ['help on an unknown command', ['help', 'pss'], 2, "unknown command 'pss'", 'team --help'],
  ['a file alone', ['-f', 'team.yaml'], 2, 'a command is needed', 'team --help'],
  ['an option behind a file', ['-f', 'team.yaml', 'ps', '--al'], 2, "'--al'", 'see: team ps --help'],
  ['options alone', ['--quiet'], 2, 'a command is needed', 'team --help'],
  ['no time and some', ['down', '--now', '--drain', '5s'], 2, '`--now` gives no time', 'name one'],
  ['init into standard input', ['-f', '-', 'init'], 2, 'init writes one file', 'team -f PATH init'],
  ['init of two files', ['-f', 'a', '-f', 'b', 'init'], 2, 'init writes one file', 'team -f PATH init'],
  ['an unknown state', ['ps', '--status', 'runing'], 2, "'runing' is invalid", 'running, starting'],
  ['an unknown progress mode', ['up', '--progress', 'loud'], 2, "'loud' is invalid", 'plain'],
  ['an unknown format', ['config', '--format', 'toml'], 2, "'toml' is invalid", 'yaml, json'],
  ['a missing argument', ['attach'], 2, "missing required argument 'agent'"],
  ['an argument too many', ['version', 'now'], 2, 'too many arguments'],
  ['a shell without completion', ['completion', 'tcsh'], 2, 'no completion for tcsh', 'bash, zsh, fish'],
]

const targets: readonly Case[] = [
  ['an unknown agent', ['up', 'web:laed'], 2, 'no agent matches "web:laed"', 'did you mean web:lead?'],
  ['an unknown project', ['down', 'wbe'], 2, 'no agent matches "wbe"', 'did you mean web?'],
  ['an unknown role', ['ps', 'role=bos'], 2, 'no agent matches "role=bos"', 'boss'],
  ['a glob that matches nothing', ['restart', 'x*'], 2, 'no agent matches "x*"', 'agents: web:lead'],
  [
    'a name of several agents',
    ['logs', 'lead'],
    2,
    '"lead" is ambiguous: web:lead, docs:lead',
    'project:agent',
  ],
  ['several agents where one is wanted', ['capture', 'web'], 2, '"web" names 2 agents: web:lead, web:api'],
  [
    'an unknown agent of events',
    ['events', 'web:laed'],
    2,
    'no agent matches "web:laed"',
    'did you mean web:lead?',
  ],
]

const files: readonly Case[] = [
  [
    'a file that is not there',
    ['-f', 'missing.yaml', 'ps'],
    2,
    'missing.yaml',
    'no such compose file',
    'team init',
  ],
  ['a directory as a file', ['-f', 'directory', 'up'], 2, 'directory', /is a directory/],
  ['a file that is no YAML', ['-f', 'broken.yaml', 'up'], 2, /broken\.yaml:\d+:\d+/, 'team config -q'],
  [
    'a wrong key',
    ['-f', 'wrong.yaml', 'config'],
    2,
    'wrong.yaml:5:9: projects.web.agents.lead.comand',
    'command',
  ],
  ['a file in another encoding', ['-f', 'latin1.yaml', 'up'], 2, 'it is not UTF-8', 'save it as UTF-8'],
  ['an empty file', ['-f', 'empty.yaml', 'up'], 2, 'empty.yaml'],
  ['init over a file', ['init'], 1, /team\.yaml is already there/, 'edit it, or remove it first'],
  [
    'init where it cannot write',
    ['-f', 'directory/no/team.yaml', 'init'],
    1,
    'cannot write',
    'team -f PATH init',
  ],
]

const agents: readonly Case[] = [
  [
    'capture of an agent that is down',
    ['capture', 'web:lead'],
    1,
    'web:lead is not running',
    'team up web:lead',
  ],
  [
    'keys for an agent that is down',
    ['keys', 'web:lead', 'Enter'],
    1,
    'web:lead is not running',
    'team up web:lead',
  ],
  ['a key that is none', ['keys', 'docs:writer', 'Entr'], 2, '"Entr" is not a key', 'C-c, M-x'],
  ['attach without a terminal', ['attach', 'docs:writer'], 2, 'attach needs a terminal', 'team capture'],
  [
    'exec of a missing program',
    ['exec', 'web:lead', '--', 'no-such'],
    1,
    'cannot run no-such: ENOENT',
    'PATH of web:lead',
  ],
  ['exec without a command', ['exec', 'web:lead'], 2, "missing required argument 'command'"],
]

for (const [group, cases] of Object.entries({ usage, targets, files, agents })) {
  describe(`${group}: the error says what, where, and what to try`, () => {
    for (const [what, args, code, ...texts] of cases) {
      it(what, async () => {
        const result = await sandbox.team(args)
        expectError(result, code, ...texts)
        expect(result.stderr).toMatch(/^team: /)
        expect(result.stdout).toBe('')
      })
    }
  })
}

describe('with --json: one document on stdout, the text on stderr', () => {
  const some = [...usage.slice(0, 3), ...targets.slice(0, 2), ...files.slice(0, 3), ...agents.slice(0, 3)]
  for (const [what, args, code] of some) {
    it(what, async () => {
      const result = await sandbox.team(['--json', ...args])
      expect(result.code).toBe(code)
      const document: { error: { code: string; message: string; hint: string | null } } = JSON.parse(
        result.stdout,
      )
      expect(Object.keys(document)).toEqual(['error'])
      expect(document.error.code).toMatch(/^[a-z-]+$/)
      expect(document.error.hint).not.toBe('')
      expect(result.stderr).toContain(document.error.message.split('\n')[0])
    })
  }
})

describe('elsewhere', () => {
  it('no compose file here or above', async () => {
    const result = await sandbox.team(['ps'], { cwd: '/' })
    expectError(result, 2, 'no team.yaml in / or a directory above it', 'team init')
  })

  it('a file from TEAM_FILE that is not there is named', async () => {
    expectError(await sandbox.team(['ps'], { env: { TEAM_FILE: 'gone.yaml' } }), 2, 'gone.yaml')
  })

  it('a broken file on standard input is named as such', async () => {
    const result = await sandbox.team(['-f', '-', 'config'], { input: 'projects: 1\n' })
    expectError(result, 2, /<?stdin>?|standard input|-:1:/)
  })

  it('commands and directories that an agent needs, each in its own line; the others start', async () => {
    const cwd = join(sandbox.dir, 'sub')
    writeTeam(
      sandbox,
      {
        'a:one': { command: ['no-such-program'] },
        'a:two': { command: ['./none'] },
        'a:three': sleeper,
      },
      { name: 'sub' },
      'sub/team.yaml',
    )
    const result = await sandbox.team(['up'], { cwd })
    expectError(result, 1, 'a:one: cannot run no-such-program: no such program in its PATH')
    expect(result.stdout).toContain(`a:two: cannot run ./none: no such program from ${cwd}`)
    expect(result.stdout).toMatch(/^sub: 1 started, 2 failed$/m)
    await ok(sandbox, ['down'], { cwd })
  })

  it('shows the last lines of an agent that ends at once', async () => {
    const cwd = join(sandbox.dir, 'loud')
    const command = 'echo one; echo cannot find my key; exit 2'
    writeTeam(sandbox, { 'a:one': { command } }, { name: 'loud' }, 'loud/team.yaml')
    const result = await sandbox.team(['up', '--wait'], { cwd })
    expectError(result, 1, 'exit 2', 'team logs a:one')
    await ok(sandbox, ['down'], { cwd })
  })

  it('what depends on the terminal: attach to an agent that is down', async () => {
    const client = onTerminal(sandbox, ['attach', 'web:lead'])
    expect((await client.done).code).toBe(1)
    expect(client.stdout()).toContain('web:lead is not running')
  })

  it('--debug adds the stack, and only then', async () => {
    const plain = await sandbox.team(['up', 'nobody'])
    const debug = await sandbox.team(['up', 'nobody', '--debug'])
    expect(plain.stderr).not.toMatch(/^\s+at /m)
    expect(debug.stderr).toMatch(/^\s+at /m)
  })

  it('a reader that goes away is no error', async () => {
    const result = await sandbox.team(['schema'], { under: ['sh', '-c', '"$@" | head -n 1', 'sh'] })
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  it('no error has started or ended anything', () => {
    const agents = processesIn(sandbox).filter(({ args }) => args.startsWith('sleep 1000'))
    expect(agents).toHaveLength(1)
  })
})
