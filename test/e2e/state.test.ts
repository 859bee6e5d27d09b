import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, processesIn, treesOf } from '../support/census.ts'
import { expectError, ok, pids, row, rows, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, stubborn, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
let state: string

beforeEach(() => {
  sandbox = createSandbox()
  state = join(sandbox.dir, '.team')
})
afterEach(() => sandbox.dispose())

const two = { 'web:lead': sleeper, 'web:api': sleeper }

/** Mounts need root, or a kernel that gives them to everyone in a namespace. */
const canMount = spawnSync('unshare', ['-m', 'true']).status === 0

/** Runs the program where `script` has prepared the mounts, which nobody else sees. */
const mounted = (script: string) => ['unshare', '-m', 'sh', '-c', `${script}; exec "$@"`, 'sh']

describe('a state directory that cannot be written', () => {
  it('a file is in the way: clear error, nothing is started', async () => {
    writeTeam(sandbox, two)
    writeFileSync(state, '')
    for (const command of ['up', 'down', 'reload']) {
      const result = await sandbox.team([command])
      expectError(result, 1, `cannot write ${state}`, 'a file is in the way', 'TEAM_STATE_DIR')
    }
    expect(processesIn(sandbox)).toEqual([])
    expect((await ok(sandbox, ['ps', '-a', '--json'])).code).toBe(0)
  })

  it.skipIf(!canMount)('it is read-only: clear error, and what only looks still works', async () => {
    writeTeam(sandbox, two)
    mkdirSync(state)
    const under = mounted(`mount --bind "${state}" "${state}" && mount -o remount,ro,bind "${state}"`)
    const result = await sandbox.team(['up'], { under })
    expectError(result, 1, `cannot write ${state}`, 'the file system is read-only', 'TEAM_STATE_DIR')
    expect(processesIn(sandbox)).toEqual([])
    await ok(sandbox, ['ps'], { under })
    await ok(sandbox, ['config', '-q'], { under })
  })

  it.skipIf(!canMount)('it is full: clear error, nothing is started', async () => {
    writeTeam(sandbox, two)
    mkdirSync(state)
    const under = mounted(
      `mount -t tmpfs -o size=64k none "${state}" && dd if=/dev/zero of="${state}/ballast" 2>/dev/null`,
    )
    const result = await sandbox.team(['up'], { under })
    expectError(result, 1, `cannot write ${state}`, 'no space left on the device')
    expect(processesIn(sandbox)).toEqual([])
  })

  it.skipIf(!canMount)(
    'it fills up half-way through a file: that agent fails, with nothing half-written',
    async () => {
      writeTeam(sandbox, { 'web:lead': { ...sleeper, env: { BIG: 'x'.repeat(100_000) } } })
      mkdirSync(state)
      const listing = join(sandbox.dir, 'listing')
      const under = mounted(
        `mount -t tmpfs -o size=96k none "${state}"; trap 'find "${state}" -type f >"${listing}"' EXIT; exec_() { "$@"; }; exec_ "$@"; exit $?`,
      )
      const result = await sandbox.team(['up'], { under })
      expectError(result, 1, 'web:lead', /cannot write .*no space left on the device/)
      expect(readFileSync(listing, 'utf8')).not.toMatch(/\/env|\.tmp/)
      expect(processesIn(sandbox)).toEqual([])
    },
  )

  it('TEAM_STATE_DIR names another one', async () => {
    writeTeam(sandbox, two)
    writeFileSync(state, '')
    const env = { TEAM_STATE_DIR: join(sandbox.dir, 'else where') }
    await ok(sandbox, ['up'], { env })
    expect(existsSync(join(env.TEAM_STATE_DIR, 'agents/web/lead/env'))).toBe(true)
    await ok(sandbox, ['down'], { env })
  })
})

describe('a damaged state file', () => {
  const shared = ['cache.json', 'events.jsonl', 'lock', 'agent-wrapper.sh', 'agent-logger.sh']
  const own = ['run.log', 'exit.json', 'desired', 'env', 'command', 'output.log']
  const files = [...shared, ...own.map((name) => `agents/web/lead/${name}`)]
  const damages: Readonly<Record<string, (path: string) => void>> = {
    empty: (path) => writeFileSync(path, ''),
    binary: (path) => writeFileSync(path, Buffer.from([0, 255, 10, 123, 34, 0, 200, 10])),
    'another shape': (path) => writeFileSync(path, '{"version":1,"files":[]}\n'),
    'cut in half': (path) => {
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      writeFileSync(path, text.slice(0, text.length / 2))
    },
    missing: (path) => rmSync(path, { force: true }),
  }

  it.each(Object.entries(damages))('%s: every command works, and nothing runs twice', async (_, damage) => {
    writeTeam(sandbox, two)
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    for (const file of files) damage(join(state, file))
    await Promise.all([['ps', '-a'], ['logs'], ['events'], ['ls']].map((command) => ok(sandbox, command)))
    await ok(sandbox, ['up'])
    expect(await treesOf(sandbox, Object.keys(two))).toEqual(
      Object.fromEntries(Object.entries(before).map(([id, pid]) => [id, [pid]])),
    )
    await ok(sandbox, ['restart'])
    const after = await pids(sandbox)
    expect(await treesOf(sandbox, Object.keys(two))).toEqual(
      Object.fromEntries(Object.entries(after).map(([id, pid]) => [id, [pid]])),
    )
    for (const file of files) damage(join(state, file))
    await ok(sandbox, ['down'])
    expect(agentTrees(sandbox)).toEqual({})
  })

  it('a damaged environment keeps the agent from a restart, is reported, and is written anew', async () => {
    const restart = { policy: 'always', max: 1, backoff: { initial: '50ms' } }
    writeTeam(sandbox, { 'web:lead': { ...sleeper, restart } })
    await ok(sandbox, ['up'])
    writeFileSync(join(state, 'agents/web/lead/env'), "export A='\n(")
    process.kill(knownPid((await row(sandbox, 'web:lead')).pid), 'SIGKILL')
    expect(await untilState(sandbox, 'web:lead', 'failed')).toMatchObject({ exitCode: 126 })
    await waitFor('the log to say so', async () =>
      /web:lead cannot start: .*\/env: cannot be read/.test((await ok(sandbox, ['logs'])).stdout),
    )
    await ok(sandbox, ['up'])
    await waitFor('it to run', async () => (await row(sandbox, 'web:lead')).state === 'running')
  })

  it('a lost run.log does not let an agent run twice after its terminal was killed', async () => {
    writeTeam(sandbox, { 'web:deaf': stubborn('500ms') })
    await ok(sandbox, ['up'])
    rmSync(join(state, 'agents/web/deaf/run.log'))
    process.kill(knownPid(Number(sandbox.tmux('acme', ['display-message', '-p', '#{pid}']))), 'SIGKILL')
    await ok(sandbox, ['up'])
    expect((await treesOf(sandbox, ['web:deaf']))['web:deaf']).toHaveLength(1)
  })
})

describe('the lock', () => {
  const lock = (holder: unknown) => {
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, 'lock'), typeof holder === 'string' ? holder : JSON.stringify(holder))
  }

  it.each([
    ['of a process that is gone', { pid: 4_000_000, start: '1', command: 'team up' }],
    ['of a pid that now belongs to another', { pid: process.pid, start: '1', command: 'team up' }],
    ['that was cut short', '{"pid": 1'],
    ['that is empty', ''],
  ])('%s does not hold anybody up', async (_, holder) => {
    writeTeam(sandbox, two)
    lock(holder)
    await ok(sandbox, ['up', '--lock-timeout', '1s'])
    expect(existsSync(join(state, 'lock'))).toBe(false)
  })

  it('that another command holds is waited for, and given up on', async () => {
    writeTeam(sandbox, { 'web:deaf': stubborn('20s') })
    await ok(sandbox, ['up'])
    const down = sandbox.start(['down', '--progress', 'plain'])
    await waitFor('the drain to begin', () => down.stderr().includes('draining'))
    const result = await sandbox.team(['up', '--lock-timeout', '200ms'])
    expectError(result, 5, `another command holds the lock: team down (pid ${down.pid})`, '--lock-timeout')
    expect(result.stderr).toContain(`waiting for team down (pid ${down.pid}) to end`)
    const json = await sandbox.team(['up', '--lock-timeout', '0s', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'locked' } })
    // Those that only look need no lock.
    expect((await rows(sandbox))['web:deaf']).toMatchObject({ state: 'running' })
    const waiting = sandbox.start(['up'])
    await waitFor('it to wait', () => waiting.stderr().includes('waiting for team down'))
    waiting.kill('SIGINT')
    expect((await waiting.done).code).toBe(130)
    down.kill('SIGINT')
    await waitFor('the first answer', () => down.stderr().includes('still up: web:deaf'))
    down.kill('SIGINT')
    expect((await down.done).code).toBe(130)
    expect(agentTrees(sandbox)).toEqual({})
  })
})
