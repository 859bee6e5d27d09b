import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actionsOf, expectOneOfEach, ok, pids, row, rows } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, stubborn, teamText, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const three = { 'web:lead': sleeper, 'web:api': polite(), 'docs:writer': sleeper }

describe('up', () => {
  it('starts nothing twice', async () => {
    writeTeam(sandbox, three)
    const first = await ok(sandbox, ['up', '--json'])
    expect(actionsOf(first)).toEqual(['start web:lead', 'start web:api', 'start docs:writer'])
    const before = await pids(sandbox)
    const again = await ok(sandbox, ['up', '--json'])
    expect(actionsOf(again)).toEqual(['keep web:lead', 'keep web:api', 'keep docs:writer'])
    expect(await pids(sandbox)).toEqual(before)
    await expectOneOfEach(sandbox, Object.keys(three))
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
    await expectOneOfEach(sandbox, Object.keys(three))
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

describe('restart', () => {
  it('--rolling 1 never has more than one agent down', async () => {
    // Each counts, while it ends, whose journal says last that its agent was started: all, itself among them.
    const count = 'tail -qn1 .team/agents/web/*/run.log | grep -c ^start'
    const agent = (name: string) => ({
      command: `trap 'echo ${name} $(${count}) >>log; kill $!; exit 0' INT; sleep 1000 & wait`,
    })
    writeTeam(sandbox, { 'web:a': agent('a'), 'web:b': agent('b'), 'web:c': agent('c') })
    await ok(sandbox, ['up', '--wait'])
    const { stdout } = await ok(sandbox, ['restart', '--rolling', '1', '--wait'])
    expect(stdout).toMatch(/^acme: 3 restarted$/m)
    expect(sandbox.read('log').trim().split('\n')).toEqual(['a 3', 'b 3', 'c 3'])
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
    await expectOneOfEach(sandbox, ['docs:writer'])
    expect((await rows(sandbox))['web:lead']).toMatchObject({ state: 'stopped', exitCode: null, unit: null })
    expect(actionsOf(await ok(sandbox, ['down', 'web:lead', '--json']))).toEqual(['skip web:lead'])
    await ok(sandbox, ['up'])
    await expectOneOfEach(sandbox, Object.keys(three))
    expect((await pids(sandbox))['docs:writer']).toBe(before['docs:writer'])
  })
})
