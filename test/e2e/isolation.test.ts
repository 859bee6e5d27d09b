import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentOf, processesIn, treesOf } from '../support/census.ts'
import { nothingLeft, ok, row } from '../support/cli.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { detach, onTerminal } from '../support/terminal.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const fileText = (path: string) => (existsSync(join(sandbox.dir, path)) ? sandbox.read(path) : '')
const untilFile = (path: string, text: string) =>
  waitFor(`${path} to hold ${text}`, () => fileText(path).includes(text))

/** A tmux server as a person would have it, on the default socket of the sandbox. */
function ownServer(): { run: (args: readonly string[]) => string; socket: string } {
  const directory = join(sandbox.env.TMUX_TMPDIR ?? '', `tmux-${process.getuid?.()}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const socket = join(directory, 'default')
  const run = (args: readonly string[]) =>
    spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env: sandbox.env, encoding: 'utf8' })
      .stdout
  run(['new-session', '-d', '-s', 'mine', '-x', '77', '-y', '33', 'sleep 1000'])
  return { run, socket }
}

describe("the user's own tmux", () => {
  it('configuration changes nothing', async () => {
    const config = 'set -g default-command false\nset -g prefix C-a\nset -g remain-on-exit off\nkill-server\n'
    writeFileSync(join(sandbox.env.HOME ?? '', '.tmux.conf'), config)
    mkdirSync(join(sandbox.env.HOME ?? '', '.config/tmux'), { recursive: true })
    writeFileSync(join(sandbox.env.HOME ?? '', '.config/tmux/tmux.conf'), config)
    writeTeam(sandbox, { 'web:lead': sleeper })
    await ok(sandbox, ['up', '--wait'])
    expect((await row(sandbox, 'web:lead')).state).toBe('running')
    expect(sandbox.tmux('acme', ['show-options', '-gv', 'prefix']).trim()).toBe('C-b')
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('server, sessions and options are as they were, also when team runs inside it', async () => {
    const { run, socket } = ownServer()
    const looks = [
      ['list-sessions', '-F', '#{session_name} #{session_windows} #{session_width} #{session_id}'],
      ['list-panes', '-a', '-F', '#{pane_id} #{pane_pid} #{pane_width}x#{pane_height} #{pane_dead}'],
      ['show-options', '-s'],
      ['show-options', '-g'],
      ['show-options', '-gw'],
      ['show-environment', '-g'],
      ['list-keys'],
    ]
    const look = () => looks.map((args) => run(args))
    const before = look()
    expect(before[0]).toContain('mine')
    writeTeam(sandbox, { 'web:lead': sleeper })
    const inside = { env: { TMUX: `${socket},1,0`, TMUX_PANE: '%0', CLAUDECODE: '1' } }
    for (const command of [['up'], ['ps'], ['ls'], ['capture', 'lead'], ['restart'], ['down']]) {
      await ok(sandbox, command, inside)
    }
    expect(look()).toEqual(before)
    run(['kill-server'])
  })
})

describe('what surrounds an agent', () => {
  it('holds nothing of the shell that started it', async () => {
    writeTeam(sandbox, { 'web:lead': { ...sleeper, pass_env: ['GIVEN'] } })
    const env = {
      TMUX: '/nowhere,1,0',
      TMUX_PANE: '%9',
      CLAUDECODE: '1',
      TEAM_UNIT: 'someone',
      TEAM_AGENT: 'other:one',
      CALLER_SECRET: 's3cret',
      GIVEN: 'yes',
    }
    await ok(sandbox, ['up'], { env })
    await treesOf(sandbox, ['web:lead'])
    const agent = environmentOf((await row(sandbox, 'web:lead')).pid ?? 0)
    expect(agent).toMatchObject({
      GIVEN: 'yes',
      TEAM_AGENT: 'web:lead',
      TEAM_NAME: 'acme',
      HOME: sandbox.env.HOME,
    })
    expect(
      Object.keys(agent).filter((name) => /^(TMUX|TMUX_PANE|CLAUDECODE|CALLER_SECRET)$/.test(name)),
    ).toEqual([])
    expect(agent.TEAM_UNIT).toContain('acme/web/lead@')
    for (const { args, environ } of processesIn(sandbox)) {
      expect(environ.includes('s3cret') || args.includes('s3cret'), args).toBe(false)
      if (!environ.includes('TEAM_UNIT=')) expect(environ, args).not.toMatch(/CLAUDECODE|GIVEN|someone/)
    }
    expect(sandbox.tmux('acme', ['show-environment', '-g'])).not.toMatch(/s3cret|CLAUDECODE|GIVEN/)
  })

  it('lets the agent itself call team, which sees the same team', async () => {
    const list = `'${process.execPath}' '${program}' ps -q >seen 2>&1; exec sleep 1000`
    writeTeam(sandbox, { 'web:lead': { command: `cd /; cd - >/dev/null; ${list}` }, 'web:api': sleeper })
    await ok(sandbox, ['up'])
    await waitFor('the list', () => fileText('seen') === 'web:lead\nweb:api\n')
  })

  it('lets it call team for another team, by its file', async () => {
    writeTeam(sandbox, { 'docs:writer': sleeper }, { name: 'other' }, 'other/team.yaml')
    await ok(sandbox, ['up'], { cwd: join(sandbox.dir, 'other') })
    const list = `'${process.execPath}' '${program}' -f other/team.yaml ps -q >seen 2>&1; exec sleep 1000`
    writeTeam(sandbox, { 'web:lead': { command: list } })
    await ok(sandbox, ['up'])
    await waitFor('the list', () => fileText('seen') !== '')
    await waitFor('the list', () => fileText('seen') === 'docs:writer\n')
    await ok(sandbox, ['down'], { cwd: join(sandbox.dir, 'other') })
  })
})

describe('the terminal of an agent', () => {
  const sizes = { command: "trap 'stty size >>sizes' WINCH; stty size >sizes; while :; do sleep 0.05; done" }
  const reader = { command: 'stty -echo; while read -r line; do echo "<$line>" >>typed; done; sleep 1000' }

  it('is 200x50 while nobody is attached, and follows whoever attaches', async () => {
    writeTeam(sandbox, { 'web:lead': sizes })
    await ok(sandbox, ['up'])
    await untilFile('sizes', '50 200\n')
    const client = onTerminal(sandbox, ['attach', 'lead'], { size: { columns: 120, rows: 30 } })
    // One row is the status line's.
    await untilFile('sizes', '29 120\n')
    expect(await detach(client)).toMatchObject({ code: 0 })
    expect((await row(sandbox, 'web:lead')).state).toBe('running')
  })

  it('takes what is typed, unless it is attached to read only', async () => {
    writeTeam(sandbox, { 'web:lead': reader })
    await ok(sandbox, ['up'])
    const watcher = onTerminal(sandbox, ['attach', 'web:lead', '--read-only'])
    await waitFor('the screen', () => watcher.stdout().includes('acme/web/lead'))
    watcher.write('no\r')
    expect(await detach(watcher)).toMatchObject({ code: 0 })
    const client = onTerminal(sandbox, ['attach', 'web:lead'])
    await waitFor('the screen', () => client.stdout().includes('acme/web/lead'))
    client.write('yes\r')
    await untilFile('typed', '<yes>\n')
    expect(sandbox.read('typed')).toBe('<yes>\n')
    // In copy mode a key still reaches the agent.
    client.write('\x02[')
    await waitFor(
      'copy mode',
      () => sandbox.tmux('acme', ['display', '-p', '#{pane_in_mode}']).trim() === '1',
    )
    await ok(sandbox, ['keys', 'web:lead', 'k', 'e', 'y', 'Enter'])
    await untilFile('typed', '<key>\n')
    await detach(client)
  })

  it('can be attached to from inside another tmux', async () => {
    const { run } = ownServer()
    writeTeam(sandbox, { 'web:lead': reader })
    await ok(sandbox, ['up'])
    const line = `cd '${sandbox.dir}'; exec '${process.execPath}' '${program}' attach web:lead`
    run(['new-window', '-t', 'mine', '-n', 'nested', line])
    await waitFor('the agent to show', () =>
      run(['capture-pane', '-p', '-t', 'mine:nested']).includes('acme/web/lead'),
    )
    run(['send-keys', '-t', 'mine:nested', 'nested', 'Enter'])
    await untilFile('typed', '<nested>\n')
    run(['kill-server'])
    expect((await row(sandbox, 'web:lead')).state).toBe('running')
  })

  it('without a terminal, or for an agent that is down, attach says what to do', async () => {
    writeTeam(sandbox, { 'web:lead': reader })
    const piped = await sandbox.team(['attach', 'lead'])
    expect(piped).toMatchObject({ code: 2 })
    expect(piped.stderr).toContain('attach needs a terminal')
    const client = onTerminal(sandbox, ['attach', 'lead'])
    expect(await client.done).toMatchObject({ code: 1 })
    expect(client.stdout()).toContain('web:lead is not running')
    expect(client.stdout()).toContain('start it with: team up web:lead')
  })
})

describe("a person's sessions in the team's own server", () => {
  const inServer = (args: readonly string[]) => sandbox.tmux('acme', args)
  const commands = () => inServer(['list-panes', '-a', '-F', '#{session_name} #{pane_start_command}'])

  it('one that has the name of an agent is told, and is neither labelled nor killed', async () => {
    inServer(['new-session', '-d', '-s', 'acme/web/lead', 'sleep 1001'])
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:free': sleeper })
    const began = Date.now()
    const up = await sandbox.team(['up'])
    expect(up.code).toBe(1)
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(up.stdout).toContain('there is a session acme/web/lead that is not ours')
    expect(inServer(['list-panes', '-a', '-F', '#{session_name} #{pane_pipe} #{@team_labels}'])).toMatch(
      /^acme\/web\/lead 0 $/m,
    )
    await ok(sandbox, ['down'])
    expect(commands()).toMatch(/^acme\/web\/lead "?sleep 1001"?\n$/)
    inServer(['kill-server'])
  })

  it('one into which an agent was moved loses the agent, and nothing else', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:free': sleeper })
    await ok(sandbox, ['up'])
    inServer(['new-session', '-d', '-s', 'mine', 'sleep 1001'])
    inServer(['move-window', '-s', '=acme/web/lead:', '-t', '=mine:9'])
    inServer(['join-pane', '-s', '=acme/web/free:', '-t', '=mine:'])
    await ok(sandbox, ['down', 'lead'])
    await ok(sandbox, ['down'])
    expect(commands()).toMatch(/^mine "?sleep 1001"?\n$/)
    inServer(['kill-server'])
  })
})

describe('nothing is written', () => {
  it('outside the state directory', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    await ok(sandbox, ['up'])
    await ok(sandbox, ['down'])
    const list = (path: string) =>
      spawnSync('ls', ['-A', path], { encoding: 'utf8' }).stdout.trim().split('\n')
    expect(list(sandbox.dir)).toEqual(['.team', 'team.yaml'])
    expect(list(dirname(sandbox.dir)).sort()).toEqual(['s', 'team test'])
  })
})
