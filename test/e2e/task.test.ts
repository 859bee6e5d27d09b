import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

describe('records', () => {
  it('point to their parents, and answer to "self"', async () => {
    const program = process.argv[0]
    const team = `${program} '${join(import.meta.dirname, '../../bin/team.js')}'`
    await ok(sandbox, [
      'task',
      'run',
      'a',
      '--shell',
      `${team} task run b --shell 'exit 0'; ${team} task ls --children self -q > children`,
    ])
    const [child, parent] = await listedTasks(sandbox)
    expect(child).toMatchObject({ parentTaskId: parent?.id, parentAgent: 'web:a', agent: 'web:b' })
    expect(sandbox.read('children')).toBe(`${child?.id}\n`)
  })

  it('have no parent where the environment names none', async () => {
    await ok(sandbox, ['task', 'run', 'a', '--shell', ':'], { env: { TEAM_TASK_ID: 'x\ty\r\nz' } })
    expect((await ok(sandbox, ['task', 'ls', '-a'])).stdout).toMatch(/web:a +shell +completed/)
    expect(await listedTasks(sandbox)).toMatchObject([{ parentTaskId: null, status: 'completed' }])
  })

  it('never signals a pid that has passed to another', async () => {
    const id = await begin(sandbox, 'a', 'sleep 1000')
    const { pid } = await untilRunning(sandbox, id)
    const bystander = sandbox.start([], { instead: ['sleep', '1000'] })
    const dir = join(stateDir(), 'tasks', id)
    const host: { pid: number } = JSON.parse(readFileSync(join(dir, 'host.json'), 'utf8'))
    process.kill(host.pid, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    for (const name of ['host.json', 'child.json']) {
      const record = JSON.parse(readFileSync(join(dir, name), 'utf8'))
      writeFileSync(join(dir, name), JSON.stringify({ ...record, pid: bystander.pid }))
    }
    await ok(sandbox, ['task', 'cancel', id])
    expect((await shownTask(sandbox, id)).status).toBe('lost')
    expect(isAlive(bystander.pid)).toBe(true)
    bystander.kill('SIGKILL')
  })

  it('are removed once ended, and counted before', async () => {
    const done = await begin(sandbox, 'a', 'true')
    await ok(sandbox, ['task', 'wait', done])
    const live = await begin(sandbox, 'a', 'sleep 1000', '--tag', 'x')
    expectError(await sandbox.team(['task', 'rm', live]), 1, 'running')
    expect(jsonOf(await ok(sandbox, ['task', 'stats', '--json']))).toMatchObject({
      total: 2,
      completed: 1,
      running: 1,
    })
    expect((await listedTasks(sandbox, '--tag', 'x')).map(({ id }) => id)).toEqual([live])
    expect(await listedTasks(sandbox, '--runtime', 'codex')).toEqual([])
    expect(await listedTasks(sandbox, '--runtime', 'command')).toHaveLength(2)
    expect(jsonOf(await ok(sandbox, ['task', 'prune', '--json']))).toEqual({ removed: [done] })
    expect((await listedTasks(sandbox)).map(({ id }) => id)).toEqual([live])
    await ok(sandbox, ['task', 'cancel', '--all'])
    const again = await sandbox.team(['task', 'retry', '-d', live])
    await untilRunning(sandbox, again.stdout.trim())
    expect((await listedTasks(sandbox, '--tag', 'x')).length).toBe(2)
  })

  it('that are damaged are set aside, those of another version refused', async () => {
    const id = await begin(sandbox, 'a', 'true')
    await ok(sandbox, ['task', 'wait', id])
    const path = join(stateDir(), 'tasks', id, 'job.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"version":1', '"version":7'))
    expectError(await sandbox.team(['task', 'show', id]), 1, 'another version')
    rmSync(join(stateDir(), 'tasks/.index'), { force: true })
    for (const command of ['ls', 'stats', 'prune']) {
      const listed = await ok(sandbox, ['task', command])
      expect(listed.stderr).toMatch(/left out: .* was written by another version of team/)
    }
    writeFileSync(path, text)
    await ok(sandbox, ['task', 'show', id])
    const old = `000000001${id.slice(9)}`
    sandbox.write(`.team/tasks/${old}/job.json`, '{')
    expect((await ok(sandbox, ['task', 'ls', '-a'])).stderr).toContain('damaged')
    expect(readdirSync(join(stateDir(), 'tasks')).filter((name) => name.startsWith('.corrupt'))).toHaveLength(
      1,
    )
  })

  it('whose end cannot be read are not said to run', async () => {
    const id = await begin(sandbox, 'a', 'true')
    await ok(sandbox, ['task', 'wait', id])
    const old = `000000001${id.slice(9)}`
    for (const file of ['job.json', 'host.json'])
      sandbox.write(
        `.team/tasks/${old}/${file}`,
        readFileSync(join(stateDir(), 'tasks', id, file), 'utf8').replace(id, old),
      )
    sandbox.write(`.team/tasks/${old}/end.json`, '{"outcome":"comp')
    expectError(await sandbox.team(['task', 'wait', old]), 1, `the record of ${old} is damaged`, '.corrupt')
    expectError(await sandbox.team(['task', 'show', old]), 1, 'no task')
    rmSync(join(stateDir(), 'tasks', id, 'prompt'))
    mkdirSync(join(stateDir(), 'tasks', id, 'prompt'))
    expectError(await sandbox.team(['task', 'retry', id]), 1, 'a directory is in the way')
  })
})

it('tells events, and gives each reader each notice once', async () => {
  for (const command of ['true', 'false']) await sandbox.team(['task', 'run', 'a', '--shell', command])
  const { stdout } = await ok(sandbox, ['events', 'web:a', '--json'])
  const names = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event)
  expect(names).toEqual([
    'task_queued',
    'task_started',
    'task_ended',
    'task_queued',
    'task_started',
    'task_ended',
  ])
  const notices = async (reader: string) => {
    const { stdout } = await ok(sandbox, ['task', 'notices', '--reader', reader, '--json'])
    return stdout.trim() === ''
      ? []
      : stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).status)
  }
  expect(await notices('one')).toEqual(['completed', 'failed'])
  expect(await notices('one')).toEqual([])
  expect(await notices('two')).toEqual(['completed', 'failed'])
})
