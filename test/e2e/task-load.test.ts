import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { linuxProcesses } from '../../src/io/processes.ts'
import { ok } from '../support/cli.ts'
import { begin, isAlive, listedTasks, writeEnded } from '../support/jobs.ts'
import { seededRandom } from '../support/random.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

const full = process.env.TEAM_TEST_FULL === '1'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper, 'web:c': sleeper })
})
afterEach(() => sandbox.dispose())

it('loses and doubles none of many tasks that are given at once', async () => {
  const count = full ? 200 : 24
  const agents = ['a', 'b', 'c']
  const ids = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      begin(sandbox, agents[n % 3] ?? 'a', `echo ${n} >> log; echo out ${n}`),
    ),
  )
  await ok(sandbox, ['task', 'wait', ...ids, '--timeout', '10m'])
  const lines = sandbox.read('log').trim().split('\n').map(Number)
  expect(lines.sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, n) => n))
  const tasks = await listedTasks(sandbox)
  expect(tasks.map(({ id }) => id).sort()).toEqual([...ids].sort())
  expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['completed']))
  for (const [n, id] of ids.entries()) {
    const file = tasks.find((task) => task.id === id)?.outputFile ?? ''
    expect(readFileSync(file, 'utf8')).toBe(`out ${n}\n`)
  }
}, 900_000)

it('ends in a true state whatever is killed, and whenever', async () => {
  const rounds = full ? 200 : 12
  const random = between(7)
  for (let round = 0; round < rounds; round += 1) {
    const agent = ['a', 'b', 'c'][round % 3] ?? 'a'
    const victim = ['cli', 'host', 'child'][random(0, 2)]
    const cli = sandbox.start(['task', 'run', agent, '--shell', 'sleep 0.2; setsid sleep 0.1; exit 0'])
    await new Promise((resolve) => setTimeout(resolve, random(0, 350)))
    if (victim === 'cli') cli.kill('SIGKILL')
    else killJob(await newest(), victim === 'host' ? 'host.json' : 'child.json')
    await cli.done
  }
  const ids = (await listedTasks(sandbox)).map(({ id }) => id)
  if (ids.length > 0) await sandbox.team(['task', 'wait', ...ids, '--timeout', '60s'])
  const tasks = await listedTasks(sandbox)
  for (const task of tasks) {
    expect(['completed', 'failed', 'lost']).toContain(task.status)
    if (task.status === 'completed') expect(task.exitCode).toBe(0)
    if (task.status === 'failed') expect(task.exitSignal).toBe('SIGKILL')
    expect(isAlive(task.pid ?? 0)).toBe(false)
  }
  const count = (status: string) => tasks.filter((task) => task.status === status).length
  console.log(
    `${rounds} kills: ${count('completed')} completed, ${count('failed')} failed, ${count('lost')} lost`,
  )
}, 900_000)

/** Whole numbers from `low` to `high`. */
function between(seed: number): (low: number, high: number) => number {
  const random = seededRandom(seed)
  return (low, high) => low + Math.floor(random() * (high - low + 1))
}

async function newest(): Promise<string | null> {
  const { stdout } = await ok(sandbox, ['task', 'ls', '-q', '-n', '1'])
  return stdout.trim() === '' ? null : stdout.trim()
}

function killJob(id: string | null, file: string): void {
  try {
    const path = join(sandbox.dir, '.team/tasks', id ?? '', file)
    const { pid, start }: { pid: number; start: string } = JSON.parse(readFileSync(path, 'utf8'))
    // What the record named may have ended, and its pid have passed to a stranger.
    linuxProcesses.signal({ pid, start }, 'SIGKILL')
  } catch {
    // Not begun yet, or over.
  }
}

it('lists ten thousand records, and tells each reader of a thousand once though it is killed', async () => {
  const count = full ? 10_000 : 1_000
  await ok(sandbox, ['task', 'run', 'a', '--shell', 'true'])
  for (let n = 0; n < count; n += 1) writeEnded(sandbox, `0aaaa${String(n).padStart(8, '0')}`)
  expect(JSON.parse((await ok(sandbox, ['task', 'ls', '--json'])).stdout)).toHaveLength(20)
  expect(await listedTasks(sandbox)).toHaveLength(count + 1)
  const random = between(11)
  const told: { id: string; repeated: boolean }[] = []
  for (let call = 0; call < 20; call += 1) {
    const reader = sandbox.start(['task', 'notices', '--reader', 'x', '--json'])
    const timer = setTimeout(() => call < 19 && reader.kill('SIGKILL'), random(40, 400))
    const { stdout } = await reader.done
    clearTimeout(timer)
    const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1)
    told.push(...whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])))
  }
  const seen = new Set<string>()
  let again = 0
  for (const { id, repeated } of told) {
    if (seen.has(id)) {
      expect(repeated).toBe(true)
      again += 1
    }
    seen.add(id)
  }
  // Of each reader that was killed at most the one that it was being told.
  expect(again).toBeLessThan(20)
  console.log(`${told.length} notices, ${again} repeated and marked so`)
  expect(seen.size).toBe(count + 1)
}, 300_000)
