import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { begin, isAlive, jsonOf, listedTasks, shownTask, untilRunning } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

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
