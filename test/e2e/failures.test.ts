import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, isAlive, treesOf, wrappersIn } from '../support/census.ts'
import { expectError, nothingLeft, ok, row, rows, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, stubborn, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

function serverPid(): number {
  return knownPid(Number(sandbox.tmux('acme', ['display-message', '-p', '#{pid}'])))
}

async function expectOneOfEach(ids: readonly string[]): Promise<void> {
  const found = await rows(sandbox)
  expect(Object.values(found).map(({ id, state }) => `${id} ${state}`)).toEqual(
    ids.map((id) => `${id} running`),
  )
  expect(await treesOf(sandbox, ids)).toEqual(Object.fromEntries(ids.map((id) => [id, [found[id]?.pid]])))
  expect(wrappersIn(sandbox)).toHaveLength(ids.length)
}

describe('a crash loop', () => {
  const crashing = {
    command: '[ -e fixed ] && exec sleep 1000; sleep 0.3; exit 3',
    restart: { policy: 'on-failure', max: 3, backoff: { initial: '50ms', factor: 2, max: '150ms' } },
  }
  const events = async (): Promise<readonly Record<string, unknown>[]> => {
    const { stdout } = await ok(sandbox, ['events', '--json', 'web:lead'])
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  it('backs off ever longer, gives up, says so, and begins anew at the next up', async () => {
    writeTeam(sandbox, { 'web:lead': crashing, 'web:other': sleeper })
    await ok(sandbox, ['up'])
    const failed = await untilState(sandbox, 'web:lead', 'failed')
    expect(failed).toMatchObject({ exitCode: 3, exitSignal: null, restarts: 3, pid: null })
    const seen = await events()
    const delays = seen.filter(({ event }) => event === 'restarting').map(({ delayMs }) => delayMs)
    expect(delays).toEqual([50, 100, 150])
    expect(seen.at(-1)).toMatchObject({ event: 'gave_up', run: 4, code: 3 })
    expect((await ok(sandbox, ['ps'])).stdout).toMatch(/^web:lead .* failed .* exit 3: team logs web:lead$/m)
    const last = 'ended 4 times in a row (last: exit 3); giving up. Start it again with: team up web:lead'
    await waitFor('the log to say so', async () =>
      (await ok(sandbox, ['logs', 'web:lead'])).stdout.includes(`team: web:lead ${last}\n`),
    )
    await ok(sandbox, ['up'])
    expect((await row(sandbox, 'web:lead')).restarts).toBeLessThan(3)
    await untilState(sandbox, 'web:lead', 'failed')
    expect((await events()).filter(({ event }) => event === 'gave_up')).toHaveLength(2)
    sandbox.write('fixed', '')
    await ok(sandbox, ['up', '--wait'])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', restarts: 0, exitCode: null })
  })

  it('ends by itself with 0: exited, not failed, and not started again', async () => {
    writeTeam(sandbox, { 'web:lead': { ...crashing, command: 'sleep 0.3' } })
    await ok(sandbox, ['up'])
    expect(await untilState(sandbox, 'web:lead', 'exited')).toMatchObject({ exitCode: 0, restarts: 0 })
    expect((await events()).map(({ event }) => event)).toEqual(['started', 'exited'])
  })

  it('an agent that is killed by a signal shows that signal', async () => {
    writeTeam(sandbox, { 'web:lead': { ...sleeper } })
    await ok(sandbox, ['up'])
    process.kill(knownPid((await row(sandbox, 'web:lead')).pid), 'SIGKILL')
    expect(await untilState(sandbox, 'web:lead', 'failed')).toMatchObject({
      exitCode: null,
      exitSignal: 'SIGKILL',
    })
    await ok(sandbox, ['up'])
    await expectOneOfEach(['web:lead'])
  })
})

describe('something that holds the agents is killed', () => {
  const agents = { 'web:lead': sleeper, 'web:deaf': stubborn('500ms') }

  it('the wrapper: the next up leaves one agent, not two', async () => {
    writeTeam(sandbox, agents)
    await ok(sandbox, ['up'])
    for (const pid of wrappersIn(sandbox)) process.kill(pid, 'SIGKILL')
    // How it ended was not seen, and no older exit stands in for it.
    expect(await untilState(sandbox, 'web:lead', 'failed')).toMatchObject({
      exitCode: null,
      exitSignal: null,
    })
    await ok(sandbox, ['up'])
    await expectOneOfEach(Object.keys(agents))
  })

  it('the wrapper: an agent that lives on is shown, and not taken for ended', async () => {
    writeTeam(sandbox, { 'web:deaf': stubborn('60s') })
    await ok(sandbox, ['up'])
    const { pid } = await row(sandbox, 'web:deaf')
    for (const wrapper of wrappersIn(sandbox)) process.kill(wrapper, 'SIGKILL')
    const lack = 'its wrapper is gone: run team up'
    const shown = await waitFor('its wrapper to be missed', async () => {
      const found = await row(sandbox, 'web:deaf')
      return found.activityDetail === lack && found
    })
    expect(shown).toMatchObject({ state: 'running', pid, activity: null, exitCode: null })
    expect((await ok(sandbox, ['ps'])).stdout).toMatch(new RegExp(`^web:deaf .* ${pid} +${lack}$`, 'm'))
    const until = ['wait', 'web:deaf', '--for', 'exited']
    expect(await sandbox.team([...until, '--timeout', '500ms'])).toMatchObject({ code: 4 })
    const waiting = sandbox.start([...until, '--timeout', '20s'])
    process.kill(knownPid(pid), 'SIGKILL')
    expect(await waiting.done).toMatchObject({ code: 0 })
    expect(await row(sandbox, 'web:deaf')).toMatchObject({ state: 'failed', pid: null })
  })

  it('the wrapper: who was never asked to end is not said to need more time', async () => {
    writeTeam(sandbox, { 'web:deaf': stubborn('60s') })
    await ok(sandbox, ['up'])
    for (const wrapper of wrappersIn(sandbox)) process.kill(wrapper, 'SIGKILL')
    await waitFor('its wrapper to be missed', async () => (await row(sandbox, 'web:deaf')).activityDetail)
    const { stdout } = await ok(sandbox, ['down'])
    expect(stdout).toMatch(/^stop +web:deaf +.* forced after \S+: its wrapper was gone$/m)
    await nothingLeft(sandbox)
  })

  it('the wrapper: down leaves nothing of an agent that outlived it', async () => {
    writeTeam(sandbox, agents)
    await ok(sandbox, ['up'])
    for (const pid of wrappersIn(sandbox)) process.kill(pid, 'SIGKILL')
    await ok(sandbox, ['down'])
    expect(agentTrees(sandbox)).toEqual({})
    await nothingLeft(sandbox)
  })

  it('the tmux server: an up at once leaves one of each', async () => {
    writeTeam(sandbox, agents)
    await ok(sandbox, ['up'])
    process.kill(serverPid(), 'SIGKILL')
    await ok(sandbox, ['up'])
    await expectOneOfEach(Object.keys(agents))
  })

  it('the tmux server: agents end by themselves, even those that ignore it', async () => {
    writeTeam(sandbox, agents)
    await ok(sandbox, ['up'])
    const before = await rows(sandbox)
    process.kill(serverPid(), 'SIGKILL')
    for (const id of Object.keys(agents)) {
      const pid = knownPid(before[id]?.pid)
      await waitFor(`${id} to end`, () => !isAlive(pid), 15_000)
      expect((await row(sandbox, id)).state).toBe('failed')
    }
    await waitFor('the wrappers to end', () => wrappersIn(sandbox).length === 0)
    expect(await row(sandbox, 'web:deaf')).toMatchObject({ exitSignal: 'SIGKILL' })
    await ok(sandbox, ['up'])
    await expectOneOfEach(Object.keys(agents))
  })

  it('the tmux server: a down at once leaves nothing', async () => {
    writeTeam(sandbox, agents)
    await ok(sandbox, ['up'])
    process.kill(serverPid(), 'SIGKILL')
    await ok(sandbox, ['down'])
    expect(agentTrees(sandbox)).toEqual({})
    await nothingLeft(sandbox)
  })
})

describe('a working directory that is gone', () => {
  it('before up: an error for that agent, and the others start', async () => {
    writeTeam(sandbox, { 'web:lead': { ...sleeper, cwd: './gone' }, 'web:api': sleeper })
    const result = await sandbox.team(['up'])
    const gone = join(sandbox.dir, 'gone')
    expectError(result, 1, `web:lead: its working directory ${gone} does not exist`, 'make the directory')
    expect(result.stdout).toMatch(/^acme: 1 started, 1 failed$/m)
    expect(result.stderr).toMatch(/^web:lead failed: .* does not exist$/m)
    await waitFor('web:api to run', async () => (await row(sandbox, 'web:api')).state === 'running')
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'stopped', unit: null })
    const quiet = await sandbox.team(['up', '-q'])
    expect(quiet).toMatchObject({ code: 1, stdout: expect.stringMatching(/^skip +web:lead .* failed$/m) })
    expect(quiet.stdout).not.toContain('web:api')
  })

  it('before reload: the old agent keeps running', async () => {
    sandbox.write('work/file', '')
    writeTeam(sandbox, { 'web:lead': { ...sleeper, cwd: './work' }, 'web:api': sleeper })
    await ok(sandbox, ['up'])
    const before = await row(sandbox, 'web:lead')
    rmSync(join(sandbox.dir, 'work'), { recursive: true })
    writeTeam(sandbox, { 'web:lead': { ...sleeper, cwd: './work', env: { A: 'b' } }, 'web:api': sleeper })
    const dry = await sandbox.team(['reload', '--dry-run'])
    expectError(dry, 1, 'does not exist')
    const result = await sandbox.team(['reload'])
    expectError(result, 1, `web:lead: its working directory ${join(sandbox.dir, 'work')} does not exist`)
    expect(await row(sandbox, 'web:lead')).toMatchObject({
      state: 'running',
      pid: before.pid,
      upToDate: false,
    })
  })

  it('of the caller: team works from a directory that was deleted', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const under = ['sh', '-c', 'mkdir sub && cd sub && rm -r ../sub && exec "$@"', 'sh']
    const file = join(sandbox.dir, 'team.yaml')
    expect((await ok(sandbox, ['-f', file, 'up'], { under })).stdout).toContain('1 started')
    expectError(await sandbox.team(['-f', 'team.yaml', 'ps'], { under }), 2, 'team.yaml')
  })
})
