import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { begin, isAlive, jsonOf, listedTasks, shownTask, untilRunning, untilStatus } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, {
    'web:a': { ...sleeper, role: 'worker', env: { GREETING: 'hello' } },
    'web:b': { ...sleeper, role: 'worker' },
  })
})
afterEach(() => sandbox.dispose())

const stateDir = () => join(sandbox.dir, '.team')

describe('one task', () => {
  it('runs with the environment and directory of its agent, and tells how it ended', async () => {
    const result = await sandbox.team([
      'task',
      'run',
      'a',
      '--shell',
      'echo $GREETING $TEAM_AGENT; pwd; exit 3',
    ])
    expect(result).toMatchObject({ code: 1, stdout: `hello web:a\n${sandbox.dir}\n` })
    expect(result.stderr).toContain('exit 3')
    const [task] = await listedTasks(sandbox)
    expect(task).toMatchObject({
      ...{
        kind: 'shell',
        agent: 'web:a',
        project: 'web',
        role: 'worker',
        runtime: 'command',
        status: 'failed',
      },
      ...{ reason: 'exit 3', exitCode: 3, exitSignal: null, root: sandbox.dir, parentTaskId: null },
      ...{ prompt: null, sessionId: null, usage: null, costUsd: null, tags: [] },
    })
    expect(readFileSync(task?.outputFile ?? '', 'utf8')).toBe(result.stdout)
  })

  it('tells what ran and since when, also of what has ended before anybody could look', async () => {
    for (const command of [':', 'exit 3', 'kill -9 $$', 'env -i setsid true &'])
      await sandbox.team(['task', 'run', 'a', '--shell', command])
    const tasks = await listedTasks(sandbox)
    expect(tasks.length).toBe(4)
    for (const task of tasks) {
      expect(task.pid).toBeGreaterThan(1)
      expect(task.startedAt).toMatch(/Z$/)
    }
  })

  it('leaves no secret on disk once it runs, and the caller’s variables do not reach it', async () => {
    const id = await begin(sandbox, 'a', 'env; sleep 1000')
    await untilRunning(sandbox, id)
    expect(existsSync(join(stateDir(), 'tasks', id, 'launch.json'))).toBe(false)
    await ok(sandbox, ['task', 'run', 'b', '--shell', 'test -z "$LEAK"'], { env: { LEAK: 'x' } })
  })

  it('shows its output while it runs, to its end', async () => {
    const id = await begin(sandbox, 'a', 'echo one; while [ ! -e go ]; do sleep 0.05; done; echo two')
    const follow = sandbox.start(['task', 'output', '-f', id])
    await waitFor('the first line', () => follow.stdout() === 'one\n')
    sandbox.write('go', '')
    expect(await follow.done).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
    expect((await ok(sandbox, ['task', 'output', '-n', '1', id])).stdout).toBe('two\n')
  })

  it('says what it says in its order, also by the names of its streams', async () => {
    const lines = Array.from({ length: 50 }, (_, n) => `echo out ${n}; echo err ${n} >&2`)
    const named = 'echo x >/dev/stdout; echo y >/dev/stderr; echo z | tee /dev/stderr'
    const result = await ok(sandbox, ['task', 'run', 'a', '--shell', [...lines, named].join('; ')])
    const all = Array.from({ length: 50 }, (_, n) => `out ${n}\nerr ${n}\n`).join('')
    expect(result.stdout).toBe(`${all}x\ny\nz\nz\n`)
  })

  it('ends with what it left behind: exit is decided by the program, not by its pipes', async () => {
    const id = await begin(sandbox, 'a', 'setsid sleep 1000 & echo $!')
    const { stdout } = await ok(sandbox, ['task', 'wait', id, '--timeout', '30s']).then(() =>
      ok(sandbox, ['task', 'output', id]),
    )
    expect(isAlive(stdout.trim())).toBe(false)
  })

  it('is timed out with its whole tree', async () => {
    const result = await sandbox.team([
      'task',
      'run',
      'a',
      '--timeout',
      '300ms',
      '--shell',
      'sleep 1000 & echo $!; wait',
    ])
    expect(result.code).toBe(4)
    expect(isAlive(result.stdout.trim())).toBe(false)
    expect((await listedTasks(sandbox))[0]).toMatchObject({ status: 'timed_out' })
  })

  it('says what could not be run, and what is not known', async () => {
    writeTeam(sandbox, { 'web:a': { ...sleeper, cwd: './gone' } })
    expectError(await sandbox.team(['task', 'run', 'a', '--shell', 'true']), 1, 'gone')
    expectError(await sandbox.team(['task', 'show', 'abcdef123']), 1, 'no task "abcdef123"')
    expectError(await sandbox.team(['task', 'show', '../../x']), 1, 'no task')
    expectError(await sandbox.team(['task', 'show', 'self']), 1, '"self"')
    expectError(await sandbox.team(['task', 'run', 'a', 'a prompt']), 1)
    expectError(await sandbox.team(['task', 'run', 'a']), 2, 'nothing to do')
    expectError(await sandbox.team(['task', 'nonsense']), 2)
  })
})

describe('cancel', () => {
  it('ends a setsid grandchild and what ignores TERM, and leaves bystanders alone', async () => {
    const bystander = sandbox.start([], { instead: ['sleep', '1000'] })
    const command = `setsid sh -c 'sleep 1000 & echo $!; wait' & (trap '' TERM HUP; while :; do sleep 0.1; done) & echo $!; wait`
    const id = await begin(sandbox, 'a', command)
    const output = await waitFor('both pids', async () => {
      const { stdout } = await ok(sandbox, ['task', 'output', id])
      return stdout.trim().split('\n').length === 2 && stdout
    })
    const result = await ok(sandbox, ['task', 'cancel', id, '--grace', '200ms', '--json'])
    expect(jsonOf(result)).toEqual([{ id, status: 'cancelled', before: false, survivors: [] }])
    for (const pid of output.trim().split('\n')) expect(isAlive(pid)).toBe(false)
    expect(isAlive(bystander.pid)).toBe(true)
    expect(jsonOf(await ok(sandbox, ['task', 'cancel', id, '--json']))).toMatchObject([{ before: true }])
    bystander.kill('SIGKILL')
  })

  it('lets a program that acts on TERM end by itself', async () => {
    const id = await begin(
      sandbox,
      'a',
      `trap 'echo bye é; exit 7' TERM; echo up; while :; do sleep 0.05; done`,
    )
    await waitFor('it to be up', async () => (await ok(sandbox, ['task', 'output', id])).stdout === 'up\n')
    await ok(sandbox, ['task', 'cancel', id, '--grace', '20s'])
    expect(await shownTask(sandbox, id)).toMatchObject({ status: 'cancelled', exitCode: 7, exitSignal: null })
    const { stdout } = await ok(sandbox, ['task', 'output', '-f', id, '--json'])
    const parts = stdout.trim().split('\n')
    const texts = parts.map((line) => JSON.parse(line)).map(({ output }) => output)
    expect(texts.join('')).toMatch(/^up\n[\s\S]*bye é\n$/)
  })

  it('never starts what is cancelled while it waits', async () => {
    const first = await begin(sandbox, 'a', 'sleep 1000')
    const second = await begin(sandbox, 'a', 'touch second')
    await ok(sandbox, ['task', 'cancel', second])
    await ok(sandbox, ['task', 'cancel', first])
    expect(existsSync(join(sandbox.dir, 'second'))).toBe(false)
    expect((await listedTasks(sandbox)).map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
  })
})

describe('the queue', () => {
  it('runs one at a time for each agent, in order, and others beside it', async () => {
    const a = await begin(sandbox, 'a', 'while [ ! -e go ]; do sleep 0.05; done; echo a >> log')
    const next = await begin(sandbox, 'a', 'echo next >> log')
    await ok(sandbox, ['task', 'run', 'b', '--shell', 'echo b >> log'])
    expectError(await sandbox.team(['task', 'run', 'a', '--no-queue', '--shell', 'true']), 1, 'busy')
    expect((await shownTask(sandbox, next)).status).toBe('queued')
    sandbox.write('go', '')
    await ok(sandbox, ['task', 'wait', a, next])
    expect(sandbox.read('log')).toBe('b\na\nnext\n')
  })

  it('gives a role’s task to whoever is idle', async () => {
    await begin(sandbox, 'a', 'sleep 1000')
    const id = await begin(sandbox, 'role=worker', 'true')
    expect((await shownTask(sandbox, id)).agent).toBe('web:b')
  })

  it('refuses, and spreads, what comes at the same moment', async () => {
    const at = (...words: string[]) => sandbox.team(['task', 'run', '-d', ...words, '--shell', 'sleep 1000'])
    const refused = await Promise.all(Array.from({ length: 8 }, () => at('--no-queue', 'a')))
    expect(refused.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1, 1, 1, 1, 1])
    await Promise.all(Array.from({ length: 5 }, () => at('role=worker')))
    const agents = (await listedTasks(sandbox)).map(({ agent }) => agent)
    expect(agents.filter((agent) => agent === 'web:a')).toHaveLength(3)
    await ok(sandbox, ['task', 'cancel', '--all'])
  })

  it('keeps to max_parallel over the team', async () => {
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper }, { tasks: { max_parallel: 1 } })
    const first = await begin(sandbox, 'a', 'sleep 1000')
    const second = await begin(sandbox, 'b', 'true')
    expect((await shownTask(sandbox, second)).status).toBe('queued')
    await ok(sandbox, ['task', 'cancel', first])
    await ok(sandbox, ['task', 'wait', second])
  })

  it('goes on by itself when what ran was killed with its host', async () => {
    const first = await begin(sandbox, 'a', 'sleep 1000')
    await untilRunning(sandbox, first)
    const second = await begin(sandbox, 'a', 'true')
    const { pid }: { pid: number } = JSON.parse(
      readFileSync(join(stateDir(), 'tasks', first, 'host.json'), 'utf8'),
    )
    process.kill(pid, 'SIGKILL')
    await ok(sandbox, ['task', 'wait', second, '--timeout', '20s'])
    const lost = await untilStatus(sandbox, first, 'lost')
    expect(isAlive(lost.pid ?? 0)).toBe(false)
  })
})
