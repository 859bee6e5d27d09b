import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { HistoryEntry } from '../../src/view/history.ts'
import type { ProcessJson } from '../../src/view/processes.ts'
import { expectError, ok } from '../support/cli.ts'
import { begin, isAlive, jsonOf, listedTasks, untilRunning } from '../support/jobs.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
})
afterEach(() => sandbox.dispose())

const ids = async (...filters: string[]) =>
  (await ok(sandbox, ['task', 'ls', '-q', ...filters])).stdout.split('\n').filter(Boolean)

it('are listed by state and agent, the newest first, and as many as wanted of those', async () => {
  const good: string[] = []
  const bad: string[] = []
  for (const agent of ['a', 'b']) {
    good.push(await begin(sandbox, agent, 'true'))
    bad.push(await begin(sandbox, agent, 'exit 3'))
  }
  await sandbox.team(['task', 'wait', ...good, ...bad])
  const live = await begin(sandbox, 'a', 'sleep 1000')
  expect(await ids('--status', 'failed')).toEqual(bad.toReversed())
  expect(await ids('--status', 'completed', '-n', '1')).toEqual(good.slice(-1))
  expect(await ids('--status', 'running', '--status', 'queued')).toEqual([live])
  expect(await ids('-n', '2', 'a')).toEqual([live, bad[0]])
  expect((await ok(sandbox, ['task', 'ls', '--status', 'lost'])).stdout).toBe('No task is like that.\n')
  const { stdout } = await ok(sandbox, ['history', 'a', '--kind', 'shell', '--json'])
  const ran: readonly HistoryEntry[] = JSON.parse(stdout)
  expect(ran.map(({ id }) => id)).toEqual([live, bad[0], good[0]])
})

it('that have ended are removed, one or those of an age, and others stay', async () => {
  const [one, two] = [await begin(sandbox, 'a', 'true'), await begin(sandbox, 'b', 'true')]
  await ok(sandbox, ['task', 'wait', one, two])
  await ok(sandbox, ['task', 'rm', one])
  expectError(await sandbox.team(['task', 'show', one]), 1, 'no task')
  expect(existsSync(join(sandbox.dir, '.team/tasks', one))).toBe(false)
  expect(await ids('-a')).toEqual([two])
  const prune = async (age: string) =>
    jsonOf(await ok(sandbox, ['task', 'prune', '--json', '--older-than', age]))
  expect(await prune('1h')).toEqual({ removed: [] })
  expect(await prune('1ms')).toEqual({ removed: [two] })
})

it('are all ended, at once where no grace is given', async () => {
  const deaf = "trap '' TERM HUP; touch deaf; while :; do sleep 0.1; done"
  const running = await begin(sandbox, 'a', deaf)
  const queued = await begin(sandbox, 'a', 'true')
  const other = await begin(sandbox, 'b', 'sleep 1000')
  const { pid } = await untilRunning(sandbox, running)
  await waitFor('it to be deaf', () => existsSync(join(sandbox.dir, 'deaf')))
  const cancelled = jsonOf(await ok(sandbox, ['task', 'cancel', '--all', '--grace', '0s', '--json']))
  expect(cancelled).toHaveLength(3)
  expect(isAlive(pid)).toBe(false)
  const tasks = await listedTasks(sandbox)
  expect(tasks.map(({ id, status }) => `${id} ${status}`)).toEqual(
    [other, queued, running].map((id) => `${id} cancelled`),
  )
  expect(tasks.at(-1)).toMatchObject({ exitSignal: 'SIGKILL' })
})

it.each([['task', 'ls'], ['reload']])(
  'are started by %s where more may run than when they were given',
  async (...command) => {
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper }, { tasks: { max_parallel: 1 } })
    const first = await begin(sandbox, 'a', 'sleep 1000')
    const second = await begin(sandbox, 'b', 'touch second; sleep 1000')
    expect(await ids('--status', 'queued')).toEqual([second])
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper }, { tasks: { max_parallel: 2 } })
    await ok(sandbox, command)
    await waitFor('it to begin', () => existsSync(join(sandbox.dir, 'second')))
    expect(await ids('--status', 'running')).toEqual([second, first])
  },
)

it('are ended where their record is gone: nobody could end them any more', async () => {
  const id = await begin(sandbox, 'a', "trap '' TERM; (setsid sleep 1000 &); while :; do sleep 0.1; done")
  const next = await begin(sandbox, 'a', 'true')
  const { pid } = await untilRunning(sandbox, id)
  rmSync(join(sandbox.dir, '.team/tasks', id), { recursive: true })
  await waitFor('its end', () => !isAlive(pid))
  await ok(sandbox, ['task', 'wait', next, '--timeout', '20s'])
  const { stdout } = await ok(sandbox, ['events', '--json'])
  const ends = stdout.split('\n').filter((line) => line.includes('"task_ended"') && line.includes(id))
  expect(ends).toEqual([expect.stringContaining('its record is gone')])
})

it('do not wait for what waits for them', async () => {
  const team = `'${process.execPath}' '${program}' task run`
  const run = (agent: string) =>
    sandbox.team([
      'task',
      'run',
      'a',
      '--timeout',
      '20s',
      '--shell',
      `${team} ${agent} --shell 'touch inner'`,
    ])
  const refused = 'would wait for a task that waits for it'
  expect(await run('a')).toMatchObject({ code: 1, stdout: expect.stringContaining(refused) })
  expect(existsSync(join(sandbox.dir, 'inner'))).toBe(false)
  await ok(sandbox, ['task', 'run', 'a', '--shell', `${team} -d a --shell 'touch later'`])
  await waitFor('the one that need not be waited for', () => existsSync(join(sandbox.dir, 'later')))
  expect(await run('b')).toMatchObject({ code: 0 })
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper }, { tasks: { max_parallel: 1 } })
  expect(await run('b')).toMatchObject({ code: 1, stdout: expect.stringContaining('max_parallel: 1') })
})

it('answer to "self" from within', async () => {
  const command = `'${process.execPath}' '${program}' task show self --json`
  const id = await begin(sandbox, 'a', command)
  await ok(sandbox, ['task', 'wait', id])
  const { stdout } = await ok(sandbox, ['task', 'output', id])
  expect(JSON.parse(stdout)).toMatchObject({ id, agent: 'web:a', status: 'running' })
})

it('processes have the owner they are given, are told how long they live, and go by age', async () => {
  const { stdout } = await ok(sandbox, ['process', 'start', '--owner', 'b', '--', 'cat'])
  const id = stdout.trim()
  const list = async (...more: string[]): Promise<readonly ProcessJson[]> =>
    JSON.parse((await ok(sandbox, ['process', 'ls', '--json', ...more])).stdout)
  const [live] = await list('--owner', 'b')
  expect(live).toMatchObject({ id, owner: 'web:b', state: 'running', startedAt: expect.stringMatching(/Z$/) })
  const [later] = await list('--owner', 'b')
  expect(later?.uptimeMs).toBeGreaterThan(live?.uptimeMs ?? Number.POSITIVE_INFINITY)
  expect(isAlive(live?.pid ?? 0)).toBe(true)
  expect(await list('--owner', 'a')).toEqual([])
  const prune = async () => jsonOf(await ok(sandbox, ['process', 'prune', '--json', '--older-than', '1ms']))
  expect(await prune()).toEqual({ removed: [] })
  await ok(sandbox, ['process', 'kill', id])
  expect(await list()).toEqual([])
  expect(await prune()).toEqual({ removed: [id] })
  expect(await list('-a')).toEqual([])
})
