import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, environmentOf, started, treesOf, workingDirectory } from '../support/census.ts'
import { actionsOf, expectError, nothingLeft, ok, pids, row, rows } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, teamText, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

describe('names that look alike', () => {
  const ids = ['p:a', 'p:ab', 'p:a-b', 'p:a_b', 'p-a:b', 'p_a:b', 'a:b-c', 'a-b:c', 'pa:a', 'pa:ab']

  it('each is its own agent: started, restarted, read, stopped alone', async () => {
    writeTeam(sandbox, Object.fromEntries(ids.map((id) => [id, { ...polite(), env: { WHO: id } }])))
    await ok(sandbox, ['up'])
    let before = await pids(sandbox)
    expect(Object.keys(await treesOf(sandbox, ids)).sort()).toEqual([...ids].sort())
    for (const [id, pid] of Object.entries(before)) expect(environmentOf(pid ?? 0).WHO).toBe(id)
    for (const id of ['p:a', 'a:b-c', 'p-a:b']) {
      expect(actionsOf(await ok(sandbox, ['restart', id, '--json']))).toEqual([`restart ${id}`])
      const after = await pids(sandbox)
      expect(after[id]).not.toBe(before[id])
      expect({ ...after, [id]: 0 }).toEqual({ ...before, [id]: 0 })
      before = after
    }
    await ok(sandbox, ['keys', 'p:a', 'C-c'])
    await ok(sandbox, ['down', '--now', 'p:a', 'pa:a', 'a-b'])
    expect(Object.keys(agentTrees(sandbox)).sort()).toEqual(
      ids.filter((id) => !['p:a', 'pa:a', 'a-b:c'].includes(id)).sort(),
    )
    // A project wins over an agent of the same name.
    expect(actionsOf(await ok(sandbox, ['reload', 'a', '--dry-run', '--json']))).toEqual(['keep a:b-c'])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('a unit that somebody removes meanwhile does not stand for one whose name begins like it', async () => {
    writeTeam(sandbox, { 'p:a': polite(0.5), 'p:ab': sleeper })
    await ok(sandbox, ['up'])
    const down = sandbox.start(['down', 'p:a', '--progress', 'plain'])
    await waitFor('the drain', () => down.stderr().includes('p:a draining'))
    sandbox.tmux('acme', ['kill-session', '-t', '=acme/p/a'])
    expect(await down.done).toMatchObject({ code: 0 })
    expect(await rows(sandbox)).toMatchObject({ 'p:a': { state: 'stopped' }, 'p:ab': { state: 'running' } })
  })

  it('60 characters long, each', async () => {
    const long = (letter: string) => letter.repeat(60)
    const id = `${long('p')}:${long('a')}`
    writeTeam(sandbox, { [id]: sleeper }, { name: long('t') })
    await ok(sandbox, ['up'])
    expect(await row(sandbox, id)).toMatchObject({
      state: 'running',
      unit: `${long('t')}/${long('p')}/${long('a')}`,
    })
    expect((await ok(sandbox, ['ps'])).stdout).toContain(id)
    expect(JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)).toMatchObject([{ name: long('t') }])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('a socket path that is too long for the system is an error that says so', async () => {
    const deep = join(sandbox.dir, 'd'.repeat(120))
    mkdirSync(deep)
    writeTeam(sandbox, { 'web:lead': sleeper })
    for (const command of ['up', 'ps']) {
      const result = await sandbox.team([command], { env: { TMUX_TMPDIR: deep } })
      expectError(result, 3, /too long/i, 'TMUX_TMPDIR')
    }
  })

  it('a socket directory that others can enter is an error that says so', async () => {
    const env = { TMUX_TMPDIR: join(sandbox.dir, 'open') }
    mkdirSync(join(env.TMUX_TMPDIR, `tmux-${process.getuid?.()}`), { recursive: true, mode: 0o755 })
    writeTeam(sandbox, { 'web:lead': sleeper })
    expectError(await sandbox.team(['up'], { env }), 3, 'unsafe permissions', 'TMUX_TMPDIR')
  })
})

describe('teams of one name in two directories', () => {
  const other = () => join(sandbox.dir, 'other')
  const inOther = { cwd: '' }

  beforeEach(async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:api': sleeper }, {}, 'other/team.yaml')
    inOther.cwd = other()
    await ok(sandbox, ['up'], inOther)
  })

  it('the second is refused, and told where the first lives, until that one is down', async () => {
    const before = await started(sandbox, ['web:lead', 'web:api'])
    for (const command of [
      ['up'],
      ['down'],
      ['reload'],
      ['restart'],
      ['ps'],
      ['capture', 'lead'],
      ['keys', 'lead', 'C-c'],
    ]) {
      const result = await sandbox.team(command)
      const place = join(other(), 'team.yaml')
      expectError(result, 2, `a team named acme is already running from ${place}`, `team -f ${place} down`)
    }
    expect(await started(sandbox, ['web:lead', 'web:api'])).toEqual(before)
    await ok(sandbox, ['down'], inOther)
    await ok(sandbox, ['up'])
    expect(Object.keys(await rows(sandbox))).toEqual(['web:lead'])
    expectError(await sandbox.team(['ps'], inOther), 2, join(sandbox.dir, 'team.yaml'))
  })

  it('one whose directory was moved is taken for the same team', async () => {
    const before = await row(sandbox, 'web:lead').catch(() => null)
    expect(before).toBeNull()
    const moved = join(sandbox.dir, 'moved')
    renameSync(other(), moved)
    const { stdout } = await ok(sandbox, ['ps', '--json'], { cwd: moved })
    expect(JSON.parse(stdout)).toMatchObject([{ id: 'web:lead' }, { id: 'web:api' }])
    await ok(sandbox, ['reload'], { cwd: moved })
    await ok(sandbox, ['down'], { cwd: moved })
    await nothingLeft(sandbox)
    expect(existsSync(other())).toBe(false)
  })

  it('one whose directory was deleted does not stand in the way', async () => {
    rmSync(other(), { recursive: true })
    const { stdout } = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 'web:lead', orphan: false },
      { id: 'web:api', orphan: true },
    ])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
    expect(existsSync(other())).toBe(false)
  })
})

describe('a team that gets another name while it is up', () => {
  const renamed = (name: string) => writeTeam(sandbox, { 'web:lead': sleeper }, { name })

  it.each(['the file', 'its directory'])(
    'by %s: nothing is started twice or taken for stopped',
    async (how) => {
      const old = join(sandbox.dir, 'old')
      const now = how === 'the file' ? { cwd: sandbox.dir } : { cwd: join(sandbox.dir, 'new') }
      if (how === 'the file') renamed('before')
      else sandbox.write('old/team.yaml', 'projects: {web: {agents: {lead: {command: [sleep, "900"]}}}}\n')
      await ok(sandbox, ['up'], how === 'the file' ? now : { cwd: old })
      const before = await started(sandbox, ['web:lead'])
      if (how === 'the file') renamed('after')
      else renameSync(old, now.cwd)
      const [was, is] = how === 'the file' ? ['before', 'after'] : ['old', 'new']
      for (const command of ['up', 'ps', 'down', 'reload', 'logs'])
        expectError(
          await sandbox.team([command], now),
          2,
          `is named ${is} now`,
          `1 of its agents are up as ${was}`,
        )
      expect(await started(sandbox, ['web:lead'])).toEqual(before)
      if (how === 'the file') renamed('before')
      else
        sandbox.write(
          'new/team.yaml',
          'name: old\nprojects: {web: {agents: {lead: {command: [sleep, "900"]}}}}\n',
        )
      await ok(sandbox, ['down'], now)
      await nothingLeft(sandbox)
      if (how === 'the file') renamed('after')
      await ok(sandbox, ['up'], now)
      await ok(sandbox, ['down'], now)
    },
  )
})

it('a team is found where it was started: through a link, and with another TMUX_TMPDIR', async () => {
  sandbox.write('real/team.yaml', 'projects: {web: {agents: {lead: {command: [sleep, "900"]}}}}\n')
  const real = { cwd: join(sandbox.dir, 'real') }
  await ok(sandbox, ['up'], real)
  const before = await started(sandbox, ['web:lead'])
  symlinkSync(join(sandbox.dir, 'real'), join(sandbox.dir, 'link'))
  const byLink = ['-f', join(sandbox.dir, 'link/team.yaml')]
  expect((await ok(sandbox, [...byLink, 'up', '-v'])).stdout).toMatch(
    /^keep +web:lead +running\nreal: 1 kept\n$/,
  )
  expect((await ok(sandbox, ['ps', '-q'], { env: { TEAM_FILE: byLink[1] ?? '' } })).stdout).toBe('web:lead\n')
  const elsewhere = { ...real, env: { TMUX_TMPDIR: sandbox.dir } }
  expect((await ok(sandbox, ['up', '-v'], elsewhere)).stdout).toContain('1 kept')
  expect(JSON.parse((await ok(sandbox, ['ps', '--json'], elsewhere)).stdout)).toMatchObject([
    { state: 'running' },
  ])
  expect(await started(sandbox, ['web:lead'])).toEqual(before)
  await ok(sandbox, ['down'], elsewhere)
  await nothingLeft(sandbox)
})

it('names that objects have anyway are names like any other', async () => {
  sandbox.write('team.yaml', 'projects: {constructor: {agents: {valueof: {command: [x]}}}}\n')
  expect((await ok(sandbox, ['config'])).stdout).toContain('constructor:')
  sandbox.write('team.yaml', 'projects: {w: {toString: 1, agents: {a: {command: [x], constructor: 1}}}}\n')
  expectError(await sandbox.team(['config']), 2, 'unknown key "toString"', 'unknown key "constructor"')
  sandbox.write('team.yaml', 'projects: {w: {agents: {a: {command: [x], env: {__proto__: 1}}}}}\n')
  expectError(await sandbox.team(['config']), 2, 'the key "__proto__" is not allowed')
  sandbox.write('team.yaml', 'projects: {w: {agents: {a: {command: [x], env: [__proto__=1]}}}}\n')
  expectError(await sandbox.team(['config']), 2, '__proto__')
})

it('two teams side by side know nothing of each other', async () => {
  writeTeam(sandbox, { 'web:lead': sleeper }, { name: 'one' }, 'one/team.yaml')
  writeTeam(sandbox, { 'web:lead': sleeper }, { name: 'one-two' }, 'two/team.yaml')
  const [one, two] = [{ cwd: join(sandbox.dir, 'one') }, { cwd: join(sandbox.dir, 'two') }]
  await Promise.all([ok(sandbox, ['up'], one), ok(sandbox, ['up'], two)])
  const listed: { name: string; file: string }[] = JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)
  expect(listed.map(({ name, file }) => [name, file])).toEqual([
    ['one', join(one.cwd, 'team.yaml')],
    ['one-two', join(two.cwd, 'team.yaml')],
  ])
  expect((await ok(sandbox, ['ls', '-q'])).stdout).toBe('one\none-two\n')
  const before = (await ok(sandbox, ['ps', '--json'], two)).stdout
  await ok(sandbox, ['restart'], one)
  await ok(sandbox, ['down'], one)
  const pidsOf = (text: string): readonly unknown[] =>
    JSON.parse(text).map(({ pid }: { pid: unknown }) => pid)
  expect(pidsOf((await ok(sandbox, ['ps', '--json'], two)).stdout)).toEqual(pidsOf(before))
})

describe('paths', () => {
  it.each([
    ['spaces and quotes', `it's a "team"`],
    ['tmux formats', '#{pid} #S %H %%'],
    ['shell text', '$HOME `id`; exit 3 & $(false)'],
    ['unicode', 'équipe 隊 🚀'],
    ['a newline', 'two\nlines'],
    ['a glob and a dash', '-n [ab]* ?'],
  ])('%s', async (_, name) => {
    const cwd = join(sandbox.dir, name)
    sandbox.write(join(name, 'roles/le ad.md'), 'be "kind"\n')
    sandbox.write(
      join(name, 'team.yaml'),
      teamText({
        'web:lead': { ...sleeper, cwd: '.', env_file: './values.env' },
        'web:api': {
          runtime: 'claude',
          command: ['sh', '-c', 'exec sleep 1000'],
          prompt_file: 'roles/le ad.md',
        },
      }),
    )
    sandbox.write(join(name, 'values.env'), 'FROM=file\n')
    await ok(sandbox, ['up'], { cwd })
    const listed: { pid: number; logFile: string; state: string }[] = JSON.parse(
      (await ok(sandbox, ['ps', '--json'], { cwd })).stdout,
    )
    const [lead] = listed
    await treesOf(sandbox, ['web:lead', 'web:api'])
    expect(listed.map(({ state }) => state)).toEqual(['running', 'running'])
    expect(workingDirectory(lead?.pid ?? 0)).toBe(cwd)
    expect(environmentOf(lead?.pid ?? 0)).toMatchObject({
      FROM: 'file',
      PWD: cwd,
      TEAM_STATE_DIR: join(cwd, '.team'),
    })
    expect(existsSync(lead?.logFile ?? '')).toBe(true)
    expect((await ok(sandbox, ['exec', 'lead', '--', 'pwd'], { cwd })).stdout).toBe(`${cwd}\n`)
    await ok(sandbox, ['restart', 'lead'], { cwd })
    await ok(sandbox, ['down'], { cwd })
    await nothingLeft(sandbox)
  })
})
