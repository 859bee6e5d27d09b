import { afterEach, beforeEach, expect, it } from 'vitest'
import { nothingLeft, ok } from '../support/cli.ts'
import { begin, isAlive, jsonOf, listedTasks, shownTask, untilRunning, untilStatus } from '../support/jobs.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { polite, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': polite(), 'web:b': polite() })
  await ok(sandbox, ['up'])
})
afterEach(() => sandbox.dispose())

const startProcess = async (...args: string[]) =>
  (await ok(sandbox, ['process', 'start', ...args])).stdout.trim()

it('down ends tasks, queued ones and processes with the team, and says so', async () => {
  const running = await begin(sandbox, 'a', 'setsid sleep 1000 & wait')
  const queued = await begin(sandbox, 'a', 'touch queued')
  const owned = await startProcess('--owner', 'a', '--', 'cat')
  const free = await startProcess('--', 'cat')
  const { pid } = await untilRunning(sandbox, running)
  const dry = Object(jsonOf(await ok(sandbox, ['down', '--dry-run', '--json'])))
  expect(dry.jobs.map(({ id }: { id: string }) => id).sort()).toEqual([running, queued, owned, free].sort())
  expect(isAlive(pid)).toBe(true)
  const { jobs } = Object(jsonOf(await ok(sandbox, ['down', '--json'])))
  expect(jobs).toHaveLength(4)
  for (const job of jobs) expect(job).toMatchObject({ status: 'cancelled', survivors: [] })
  await nothingLeft(sandbox)
  expect((await listedTasks(sandbox)).map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
  // A second one finds nothing.
  expect(Object(jsonOf(await ok(sandbox, ['down', '--json']))).jobs).toBe(undefined)
})

it('down of one agent leaves alone what belongs to others, and what belongs to nobody', async () => {
  const gone = await begin(sandbox, 'a', 'sleep 1000')
  const kept = await begin(sandbox, 'b', 'sleep 1000')
  const free = await startProcess('--', 'cat')
  const { pid } = await untilRunning(sandbox, kept)
  const { stdout } = await ok(sandbox, ['down', 'a'])
  expect(stdout).toContain(`task ${gone} of web:a: cancelled`)
  expect((await shownTask(sandbox, gone)).status).toBe('cancelled')
  expect(isAlive(pid)).toBe(true)
  expect((await ok(sandbox, ['process', 'ls', '-q'])).stdout).toBe(`${free}\n`)
  // What is restarted or reloaded keeps its tasks: they run beside its terminal.
  await ok(sandbox, ['restart', 'b'])
  expect(isAlive(pid)).toBe(true)
})

it('a task that takes the team down is itself ended by it, when all else is', async () => {
  const id = await begin(sandbox, 'a', `'${process.execPath}' '${program}' down; sleep 1000`)
  await untilStatus(sandbox, id, 'cancelled')
  await waitFor('the agents to end', async () => (await ok(sandbox, ['ps', '-q'])).stdout === '')
  await nothingLeft(sandbox)
})
