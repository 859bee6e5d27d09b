import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, environmentOf, wrappersIn } from '../support/census.ts'
import { actionsOf, expectError, expectOneOfEach, nothingLeft, ok, pids, row, rows } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, type RunOptions, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, teamText, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

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
    await expectOneOfEach(sandbox, Object.keys(after))
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
    await expectOneOfEach(sandbox, ['web:old', 'web:fresh', 'web:other'])
  })

  it.each([
    ['up --remove-orphans', ['up', '--remove-orphans']],
    ['reload', ['reload']],
  ])('%s drains it by the policy it was started with', async (_, command) => {
    const { stdout } = await ok(sandbox, command)
    expect(stdout).toMatch(/^stop +web:old +not in the file +drained in .*exit 0$/m)
    expect(existsSync(`${sandbox.dir}/drained`)).toBe(true)
    await expectOneOfEach(sandbox, ['web:fresh', 'web:other'])
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

describe('a reload that has to wait for another one', () => {
  const slow = `trap 'sleep 1.5; exit 0' INT; while :; do sleep 0.1; done`
  const agents = (value: string) => ({
    'web:slow': { command: slow, env: { V: value } },
    'web:lead': { ...sleeper, env: { V: value } },
  })

  /** A reload that waits for one that drains `slow` for a while. */
  async function waiting(how: 'by its file' | 'on standard input' = 'by its file') {
    const given = (value: string): RunOptions => {
      if (how === 'on standard input') return { input: teamText(agents(value)) }
      writeTeam(sandbox, agents(value))
      return {}
    }
    const flags = how === 'on standard input' ? ['-f', '-'] : []
    await ok(sandbox, [...flags, 'up'], given('0'))
    const first = sandbox.start([...flags, 'reload', '--progress', 'json'], given('1'))
    await waitFor('the drain', () => first.stderr().includes('"draining"'))
    const second = sandbox.start([...flags, 'reload'], given('2'))
    await waitFor('the wait', () => second.stderr().includes('waiting for team reload'))
    return { first, second }
  }

  async function valuesSeen(): Promise<readonly (string | undefined)[]> {
    return Object.values(await pids(sandbox)).map((pid) => environmentOf(knownPid(pid)).V)
  }

  it('applies the file as it is then, not as it was before', async () => {
    const { first, second } = await waiting()
    writeTeam(sandbox, agents('3'))
    expect((await first.done).code).toBe(0)
    expect((await second.done).stdout).toContain('2 restarted')
    expect(await valuesSeen()).toEqual(['3', '3'])
  })

  it('is refused when the file has become invalid, and ends nobody', async () => {
    const { first, second } = await waiting()
    sandbox.write('team.yaml', 'projects: {web: {agents: {lead: {comand: x}}}}\n')
    expect((await first.done).code).toBe(0)
    expectError(await second.done, 2, 'unknown key "comand"')
    writeTeam(sandbox, agents('1'))
    expect(await valuesSeen()).toEqual(['1', '1'])
    await ok(sandbox, ['ps'])
  })

  it('keeps to what it was given on standard input', async () => {
    const { first, second } = await waiting('on standard input')
    expect((await first.done).code).toBe(0)
    expect((await second.done).stdout).toContain('2 restarted')
    const { stdout } = await ok(sandbox, ['-f', '-', 'ps', '--json'], { input: teamText(agents('2')) })
    const found: readonly { pid: number }[] = JSON.parse(stdout)
    expect(found.map(({ pid }) => environmentOf(pid).V)).toEqual(['2', '2'])
  })
})
