import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentStatus } from '../../src/model/status.ts'
import { ok, row } from '../support/cli.ts'
import { createSandbox, type RunningCli, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

/** Prints each line that is appended to the file of its name. */
const printer = (file: string) => ({ command: `: >>${file}; tail -n +1 -f ${file}`, role: 'printer' })

beforeAll(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, {
    'web:one': { ...printer('one.txt'), env: { SECRET: 'hide me', CODE: '7' } },
    'web:two': printer('two.txt'),
    'docs:idle': polite(),
    'docs:off': sleeper,
  })
  sandbox.write('one.txt', 'one 1\none 2\n\u001b[31mone 3\u001b[0m\n')
  sandbox.write('two.txt', 'two 1\n')
  await ok(sandbox, ['up', 'web', 'docs:idle'])
})
afterAll(() => sandbox.dispose())

const lines = (text: string) => text.trimEnd().split('\n')

/** Waits for text of a command that goes on, and then ends it as Ctrl-C would. */
async function until(running: RunningCli, text: string): Promise<void> {
  await waitFor(`${text} to be printed`, () => running.stdout().includes(text))
}
async function interrupted(running: RunningCli): Promise<string> {
  running.kill('SIGINT')
  const result = await running.done
  expect(result).toMatchObject({ code: 130, stderr: '' })
  return result.stdout
}

describe('ps', () => {
  it('--json has every key of the format, and null for what is not known', async () => {
    const { stdout } = await ok(sandbox, ['ps', '-a', '--json'])
    const rows: AgentStatus[] = JSON.parse(stdout)
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'web:one running',
      'web:two running',
      'docs:idle running',
      'docs:off stopped',
    ])
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...['team', 'project', 'agent', 'id', 'role', 'runtime', 'model', 'supervisor', 'unit', 'state'],
      ...[
        'activity',
        'activitySince',
        'activityDetail',
        'pid',
        'startedAt',
        'uptimeMs',
        'restarts',
        'exitCode',
        'exitSignal',
        'exitReason',
      ],
      ...['upToDate', 'orphan', 'cwd', 'sessionId', 'logFile'],
    ])
    expect(rows[0]).toMatchObject({
      ...{ team: 'acme', project: 'web', agent: 'one', role: 'printer', runtime: 'command', model: null },
      ...{
        supervisor: 'tmux',
        unit: 'acme/web/one',
        restarts: 0,
        exitCode: null,
        upToDate: true,
        orphan: false,
      },
      ...{ cwd: sandbox.dir, logFile: join(sandbox.dir, '.team/agents/web/one/output.log') },
      ...{ startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), uptimeMs: expect.any(Number) },
    })
    expect(rows[3]).toMatchObject({ unit: null, pid: null, startedAt: null, uptimeMs: null, upToDate: null })
  })

  it('selects by target, state, and what is up', async () => {
    const ids = async (...args: string[]) => lines((await ok(sandbox, ['ps', '-q', ...args])).stdout)
    expect(await ids()).toEqual(['web:one', 'web:two', 'docs:idle'])
    expect(await ids('-a')).toEqual(['web:one', 'web:two', 'docs:idle', 'docs:off'])
    expect(await ids('role=printer')).toEqual(['web:one', 'web:two'])
    expect(await ids('docs')).toEqual(['docs:idle', 'docs:off'])
    expect(await ids('--status', 'stopped')).toEqual(['docs:off'])
    expect(await ids('--status', 'failed')).toEqual([''])
    expect((await ok(sandbox, ['ps', '--status', 'failed'])).stdout).toBe('No agent is in that state.\n')
  })

  it('is a table with a heading; without agents it says how to start them', async () => {
    const table = lines((await ok(sandbox, ['ps'])).stdout)
    expect(table[0]).toMatch(/^AGENT +ROLE +RUNTIME +STATE +UPTIME +RESTARTS +PID$/)
    expect(table[1]).toMatch(/^web:one +printer +command +running +\d+s +0 +\d+$/)
    writeTeam(sandbox, { 'a:b': sleeper }, { name: 'none' }, 'none/team.yaml')
    const none = await ok(sandbox, ['ps'], { cwd: join(sandbox.dir, 'none') })
    expect(none.stdout).toBe('No agents are running. Start them with: team up\n')
    expect(existsSync(join(sandbox.dir, 'none/.team'))).toBe(false)
    expect((await ok(sandbox, ['ps', '--json'], { cwd: join(sandbox.dir, 'none') })).stdout.trim()).toBe('[]')
  })

  it('--watch --json prints a line when something changes', async () => {
    const watching = sandbox.start(['ps', '--watch', '--json', 'docs:off'])
    await until(watching, '"state":"stopped"')
    await ok(sandbox, ['up', 'docs:off'])
    await until(watching, '"state":"running"')
    await ok(sandbox, ['down', 'docs:off'])
    await waitFor('it to stop', () => lines(watching.stdout()).at(-1)?.includes('"state":"stopped"'))
    for (const line of lines(await interrupted(watching))) {
      expect(JSON.parse(line)).toMatchObject([{ id: 'docs:off' }])
    }
  })
})

describe('logs', () => {
  it('shows what the terminals showed, as text, agent by agent', async () => {
    const all = async () => (await ok(sandbox, ['logs', 'web'])).stdout
    await waitFor('the log', async () => (await all()).includes('two 1'))
    expect(lines(await all())).toEqual([
      'web:one  | one 1',
      'web:one  | one 2',
      'web:one  | one 3',
      'web:two  | two 1',
    ])
    expect((await ok(sandbox, ['logs', '-n', '1', 'web', '--no-prefix'])).stdout).toBe('one 3\ntwo 1\n')
    expect((await ok(sandbox, ['logs', '-n', '0', 'web'])).stdout).toBe('')
    const raw = (await ok(sandbox, ['logs', '--raw', 'web:one'])).stdout
    expect(raw.startsWith('one 1\r\none 2\r\n\u001b[31mone 3')).toBe(true)
    const end = (await ok(sandbox, ['logs', '--raw', '-n', '2', 'web:one'])).stdout
    expect(end.startsWith('one 2\r\n\u001b[31mone 3')).toBe(true)
    expect(await sandbox.team(['logs', '--raw', '-t'])).toMatchObject({ code: 2 })
    expect((await ok(sandbox, ['logs', '--since', '1h', 'web:two'])).stdout).toBe('web:two  | two 1\n')
    expect((await ok(sandbox, ['logs', '--since', '2099-01-01T00:00:00Z', 'web:two'])).stdout).toBe('')
    expect((await ok(sandbox, ['logs', '-t', 'web:two'])).stdout).toMatch(
      /^web:two +\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d two 1\n$/,
    )
    const json = lines((await ok(sandbox, ['logs', '--json', '-n', '1', 'web:two'])).stdout)
    expect(JSON.parse(json[0] ?? '')).toMatchObject({
      id: 'web:two',
      text: 'two 1',
      time: expect.any(String),
    })
  })

  it('-f follows several agents, from the last lines on', async () => {
    const following = sandbox.start(['logs', '-f', '-n', '1', 'web'])
    await until(following, 'web:two  | two 1\n')
    sandbox.append('one.txt', 'one more\n')
    await until(following, 'web:one  | one more\n')
    sandbox.append('two.txt', 'two more\n')
    await until(following, 'web:two  | two more\n')
    expect(await interrupted(following)).toBe(
      'web:one  | one 3\nweb:two  | two 1\nweb:one  | one more\nweb:two  | two more\n',
    )
  })

  it('-f goes on across a rotation and loses nothing', async () => {
    const log = join(sandbox.dir, '.team/agents/web/two/output.log')
    const following = sandbox.start(['logs', '-f', '-n', '0', '--no-prefix', 'web:two'])
    const count = 60_000
    const text = Array.from({ length: count }, (_, index) => `${index} ${'x'.repeat(80)}\n`).join('')
    await ok(sandbox, ['ps']) // the follower has begun by then, or prints the file it finds
    sandbox.append('two.txt', 'begin\n')
    await until(following, 'begin\n')
    sandbox.append('two.txt', `${text}end\n`)
    await until(following, 'end\n')
    const printed = lines(await interrupted(following)).filter((line) => line.endsWith('x'))
    expect(printed).toHaveLength(count)
    expect(printed.map((line) => Number(line.split(' ')[0]))).toEqual(printed.map((_, index) => index))
    expect(existsSync(`${log}.1`)).toBe(true)
    expect(statSync(log).size).toBeLessThan(5 * 1024 * 1024)
  })
})

describe('events', () => {
  it('-f shows a start within a second, and targets choose', async () => {
    const following = sandbox.start(['events', '-f', '--json', 'docs'])
    const all = sandbox.start(['events', '-f'])
    await waitFor('both to watch', async () => {
      await ok(sandbox, ['up', 'docs:off'])
      await ok(sandbox, ['down', 'docs:off'])
      return following.stdout() !== '' && all.stdout() !== ''
    })
    const before = following.stdout().length
    const up = sandbox.team(['up', 'docs:off'])
    await waitFor('the start', () => following.stdout().slice(before).includes('"event":"started"'))
    const noticed = Date.now()
    await up
    const [started] = lines(following.stdout().slice(before))
    expect(noticed - Date.parse(JSON.parse(started ?? '').time)).toBeLessThan(1_000)
    const { pid } = await row(sandbox, 'docs:off')
    await ok(sandbox, ['down', 'docs:off'])
    await waitFor('the end', () => following.stdout().slice(before).includes('"event":"drained"'))
    const seen = lines((await interrupted(following)).slice(before)).map((line) => JSON.parse(line))
    const own = seen.filter(({ event }: { event: string }) => event !== 'removed')
    expect(own).toMatchObject([
      { event: 'started', id: 'docs:off', pid, run: 1 },
      { event: 'exited', id: 'docs:off', signal: 'SIGINT' },
      { event: 'drained', id: 'docs:off', outcome: 'graceful' },
    ])
    expect(await interrupted(all)).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}docs:off {2}started, pid \d+$/m,
    )
    expect((await ok(sandbox, ['events', '--since', '1ms'])).stdout).toBe('')
  })
})

describe('one agent', () => {
  it('capture prints its screen; with lines also what scrolled away', async () => {
    const screen = (await ok(sandbox, ['capture', 'one'])).stdout
    expect(screen).toContain('one 1\none 2\none 3\n')
    expect(screen).not.toContain('\u001b')
    expect(JSON.parse((await ok(sandbox, ['capture', 'one', '--json'])).stdout)).toMatchObject({
      id: 'web:one',
    })
    sandbox.append('one.txt', Array.from({ length: 80 }, (_, index) => `row ${index}\n`).join(''))
    await waitFor('the rows', async () => (await ok(sandbox, ['capture', 'one'])).stdout.includes('row 79'))
    expect((await ok(sandbox, ['capture', 'one'])).stdout).not.toContain('row 1\n')
    expect((await ok(sandbox, ['capture', 'one', '-n', '100'])).stdout).toContain('row 1\n')
  })

  it('exec gives it the agent’s world, standard input, and its own exit code', async () => {
    const run = (...args: string[]) => sandbox.team(['exec', 'web:one', '--', ...args], { input: 'given\n' })
    expect(await run('sh', '-c', 'exit $CODE')).toMatchObject({ code: 7 })
    expect(await run('cat')).toMatchObject({ code: 0, stdout: 'given\n' })
    expect((await run('sh', '-c', 'echo $SECRET; pwd; echo $TEAM_AGENT $TEAM_UNIT.')).stdout).toBe(
      `hide me\n${sandbox.dir}\nweb:one .\n`,
    )
    expect(await run('sh', '-c', 'kill -TERM $$')).toMatchObject({ code: 143 })
    expect((await sandbox.team(['exec', 'one', 'echo', '-n', '--json'])).stdout).toBe('--json')
    expect((await sandbox.team(['exec', 'docs:off', '--', 'pwd'])).stdout).toBe(`${sandbox.dir}\n`)
  })

  it('keys reach it', async () => {
    await ok(sandbox, ['keys', 'docs:idle', 'C-c'])
    await waitFor('it to end', async () => (await row(sandbox, 'docs:idle')).state === 'exited')
  })
})
