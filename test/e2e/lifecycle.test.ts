import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, treesOf, wrappersIn } from '../support/census.ts'
import { actionsOf, nothingLeft, ok, pids, row, rows } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, stubborn, teamText, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const three = { 'web:lead': sleeper, 'web:api': polite(), 'docs:writer': sleeper }

/** Exactly one process tree and one wrapper for each id, and nothing else. */
async function expectOneOfEach(ids: readonly string[]): Promise<void> {
  const trees = await treesOf(sandbox, ids)
  expect(Object.keys(trees).sort()).toEqual([...ids].sort())
  expect(Object.values(trees).filter((tree) => tree.length !== 1)).toEqual([])
  expect(wrappersIn(sandbox)).toHaveLength(ids.length)
}

describe('up', () => {
  it('starts nothing twice', async () => {
    writeTeam(sandbox, three)
    const first = await ok(sandbox, ['up', '--json'])
    expect(actionsOf(first)).toEqual(['start web:lead', 'start web:api', 'start docs:writer'])
    const before = await pids(sandbox)
    const again = await ok(sandbox, ['up', '--json'])
    expect(actionsOf(again)).toEqual(['keep web:lead', 'keep web:api', 'keep docs:writer'])
    expect(await pids(sandbox)).toEqual(before)
    await expectOneOfEach(Object.keys(three))
  })

  it.each([2, 8])('starts each agent once when %i run at the same time', async (count) => {
    writeTeam(sandbox, three)
    const results = await Promise.all(Array.from({ length: count }, () => sandbox.team(['up', '--json'])))
    expect(results.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(
      results.map(() => [0, '']),
    )
    const started = results.flatMap(actionsOf).filter((action) => action.startsWith('start '))
    expect(started.sort()).toEqual(['start docs:writer', 'start web:api', 'start web:lead'])
    const panes = sandbox.tmux('acme', ['list-panes', '-a', '-F', '#{session_name}']).trim().split('\n')
    expect(panes.sort()).toEqual(['acme/docs/writer', 'acme/web/api', 'acme/web/lead'])
    await expectOneOfEach(Object.keys(three))
  })

  it('keeps what runs after an edit, and says what changed', async () => {
    writeTeam(sandbox, three)
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    writeTeam(sandbox, { ...three, 'web:api': { ...polite(), env: { A: 'new' } }, 'web:extra': sleeper })
    const { stdout } = await ok(sandbox, ['up'])
    expect(stdout).toMatch(/^keep +web:api +changed: env: run team reload$/m)
    expect(stdout).toMatch(/^start +web:extra +not running$/m)
    expect(stdout).not.toContain('web:lead')
    expect(await pids(sandbox)).toMatchObject(before)
    expect((await rows(sandbox))['web:api']).toMatchObject({ state: 'running', upToDate: false })
    expect((await ok(sandbox, ['ps'])).stdout).toMatch(/^web:api .*changed: run team reload$/m)
  })

  it('--force-recreate restarts what is unchanged, and nothing outside its targets', async () => {
    writeTeam(sandbox, three)
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    const { stdout } = await ok(sandbox, ['up', '--force-recreate', 'web:lead'])
    expect(stdout).toMatch(/^restart +web:lead +forced +drained in /m)
    const after = await pids(sandbox)
    expect(after['web:lead']).not.toBe(before['web:lead'])
    expect({ ...after, 'web:lead': 0 }).toEqual({ ...before, 'web:lead': 0 })
  })

  it('--wait reports an agent that crashes within its first second', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:bad': { command: 'sleep 0.3; exit 7' } })
    const result = await sandbox.team(['up', '--wait'])
    expect(result.code).toBe(1)
    expect(result.stdout).toContain('web:bad ended while it was waited for (exit 7)')
    expect(result.stdout).toContain('hint: see why with: team logs web:bad')
    expect((await row(sandbox, 'web:lead')).state).toBe('running')
  })

  it('--wait-timeout gives up on an agent that is restarted again and again', async () => {
    const restart = { policy: 'always', max: 'unlimited', backoff: { initial: '100ms', factor: 1 } }
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:bad': { command: 'sleep 0.8; exit 7', restart } })
    const result = await sandbox.team(['up', '--wait', '--wait-timeout', '3s'])
    expect(result.code).toBe(4)
    expect(result.stdout).toContain('web:bad was not ready in time: see team ps and team logs web:bad')
    expect(result.stdout).not.toContain('web:lead was not ready')
  })
})

describe('reload', () => {
  const claude = { runtime: 'claude', command: ['sh', '-c', 'exec sleep 1000'], prompt_file: 'lead.md' }
  const before = {
    'web:command': sleeper,
    'web:env': sleeper,
    'web:files': claude,
    'web:supervisor': sleeper,
    'web:same': polite(),
    'web:gone': sleeper,
  }
  const after = {
    'web:command': { command: ['sleep', '2000'] },
    'web:env': { ...sleeper, env: { A: 'b' } },
    'web:files': claude,
    'web:supervisor': { ...sleeper, drain: '7s' },
    'web:same': polite(),
    'web:new': sleeper,
  }
  const expected = [
    ['stop', 'web:gone', 'not in the file'],
    ['restart', 'web:command', 'changed: command'],
    ['restart', 'web:env', 'changed: env'],
    ['restart', 'web:files', 'changed: files'],
    ['restart', 'web:supervisor', 'changed: supervisor'],
    ['keep', 'web:same', 'unchanged'],
    ['start', 'web:new', 'not running'],
  ]

  beforeEach(async () => {
    sandbox.write('lead.md', 'first\n')
    writeTeam(sandbox, before)
    await ok(sandbox, ['up'])
    sandbox.write('lead.md', 'second\n')
    writeTeam(sandbox, after)
  })

  it('restarts exactly what changed, says why, and shows the same before it does it', async () => {
    const old = await pids(sandbox)
    const dry = await ok(sandbox, ['reload', '--dry-run', '--json'])
    const dryLines = (await ok(sandbox, ['reload', '--dry-run'])).stdout.split('\n')
    expect(await pids(sandbox)).toEqual(old)
    const { stdout } = await ok(sandbox, ['reload'])
    const shown = (text: string) => {
      const document: { actions: { action: string; id: string; why: string }[] } = JSON.parse(text)
      return document.actions.map(({ action, id, why }) => [action, id, why])
    }
    expect(shown(dry.stdout)).toEqual(expected)
    expect(dryLines[0]).toBe('dry run: nothing was changed')
    const lines = stdout.split('\n')
    const acts = (text: readonly string[]) => text.filter((line) => /^(start|stop|restart|keep)/.test(line))
    expect(acts(lines)).toHaveLength(6)
    // Line for line, each begins with what the dry run had shown.
    acts(dryLines).forEach((line, index) => expect(acts(lines)[index]?.startsWith(line)).toBe(true))
    expect(lines.find((line) => line.startsWith('restart web:env'))).toMatch(/drained in \d/)
    const now = await pids(sandbox)
    expect(now['web:same']).toBe(old['web:same'])
    for (const id of ['command', 'env', 'files', 'supervisor'].map((name) => `web:${name}`)) {
      expect(now[id]).not.toBe(old[id])
    }
    await expectOneOfEach(Object.keys(after))
    expect(Object.values(await rows(sandbox)).every((found) => found.upToDate)).toBe(true)
  })

  it('--json lists the same actions as the dry run', async () => {
    const dry = await ok(sandbox, ['reload', '--dry-run', '--json'])
    const real = await ok(sandbox, ['reload', '--json'])
    expect(actionsOf(real)).toEqual(actionsOf(dry))
    expect(actionsOf(real)).toEqual(expected.map(([action, id]) => `${action} ${id}`))
    expect(actionsOf(await ok(sandbox, ['reload', '--json'])).every((text) => text.startsWith('keep'))).toBe(
      true,
    )
  })

  it('with a target touches only that agent', async () => {
    const old = await pids(sandbox)
    expect(actionsOf(await ok(sandbox, ['reload', 'web:env', '--json']))).toEqual(['restart web:env'])
    const now = await pids(sandbox)
    expect(now['web:env']).not.toBe(old['web:env'])
    expect({ ...now, 'web:env': 0 }).toEqual({ ...old, 'web:env': 0 })
    expect(actionsOf(await ok(sandbox, ['reload', 'web:gone', '--json']))).toEqual(['stop web:gone'])
  })
})

describe('an agent that is no longer in the file', () => {
  const old = {
    command: `trap 'touch drained; kill $!; exit 0' USR1; trap '' INT; sleep 1000 & wait`,
    drain: { timeout: '5s', steps: ['SIGUSR1'] },
  }

  beforeEach(async () => {
    writeTeam(sandbox, { 'web:old': old, 'web:other': sleeper })
    await ok(sandbox, ['up'])
    // Renamed, and the steps changed as well: the policy of the running one must not follow.
    writeTeam(sandbox, {
      'web:fresh': { ...old, drain: { timeout: '300ms', steps: ['C-c'] } },
      'web:other': sleeper,
    })
  })

  it('is shown by ps and reported by up, which leaves it running', async () => {
    expect(await row(sandbox, 'web:old')).toMatchObject({ state: 'running', orphan: true, upToDate: null })
    expect((await ok(sandbox, ['ps'])).stdout).toMatch(/^web:old .*orphan: run team reload$/m)
    const { stdout } = await ok(sandbox, ['up'])
    expect(stdout).toMatch(/^skip +web:old +not in the file: run team reload, or team up --remove-orphans$/m)
    await expectOneOfEach(['web:old', 'web:fresh', 'web:other'])
  })

  it.each([
    ['up --remove-orphans', ['up', '--remove-orphans']],
    ['reload', ['reload']],
  ])('%s drains it by the policy it was started with', async (_, command) => {
    const { stdout } = await ok(sandbox, command)
    expect(stdout).toMatch(/^stop +web:old +not in the file +drained in .*exit 0$/m)
    expect(existsSync(`${sandbox.dir}/drained`)).toBe(true)
    await expectOneOfEach(['web:fresh', 'web:other'])
  })

  it('down leaves nothing: no process, no tmux server', async () => {
    await ok(sandbox, ['down'])
    expect(agentTrees(sandbox)).toEqual({})
    expect(wrappersIn(sandbox)).toEqual([])
    expect(sandbox.tmux('acme', ['list-sessions'])).toBe('')
    expect(existsSync(`${sandbox.dir}/drained`)).toBe(true)
    await nothingLeft(sandbox)
    expect((await ok(sandbox, ['ls', '--json'])).stdout.trim()).toBe('[]')
  })
})

describe('restart', () => {
  it('--rolling 1 never has more than one agent down', async () => {
    const agent = (name: string) => ({
      command: `echo ${name} up >>log; trap 'echo ${name} down >>log; kill $!; exit 0' INT; sleep 1000 & wait`,
    })
    writeTeam(sandbox, { 'web:a': agent('a'), 'web:b': agent('b'), 'web:c': agent('c') })
    await ok(sandbox, ['up', '--wait'])
    sandbox.write('log', '')
    const { stdout } = await ok(sandbox, ['restart', '--rolling', '1', '--wait'])
    expect(stdout).toMatch(/^acme: 3 restarted$/m)
    expect(sandbox.read('log').trim().split('\n')).toEqual([
      'a down',
      'a up',
      'b down',
      'b up',
      'c down',
      'c up',
    ])
  })

  it('without a change restarts only its targets; forced ones are told apart', async () => {
    writeTeam(sandbox, { 'web:a': stubborn('300ms'), 'web:b': sleeper })
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    const { stdout } = await ok(sandbox, ['restart', 'web:a'])
    expect(stdout).toMatch(/^restart web:a +asked for +forced after .*: raise --drain$/m)
    expect(stdout).toMatch(/^acme: 1 restarted \(1 forced\)$/m)
    expect((await pids(sandbox))['web:b']).toBe(before['web:b'])
  })
})

describe('down', () => {
  it('of one agent keeps the others, and `up` brings it back', async () => {
    sandbox.write('team.yaml', teamText(three))
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    expect(actionsOf(await ok(sandbox, ['down', 'web', '--json']))).toEqual(['stop web:lead', 'stop web:api'])
    await expectOneOfEach(['docs:writer'])
    expect((await rows(sandbox))['web:lead']).toMatchObject({ state: 'stopped', exitCode: null, unit: null })
    expect(actionsOf(await ok(sandbox, ['down', 'web:lead', '--json']))).toEqual(['skip web:lead'])
    await ok(sandbox, ['up'])
    await expectOneOfEach(Object.keys(three))
    expect((await pids(sandbox))['docs:writer']).toBe(before['docs:writer'])
  })
})
