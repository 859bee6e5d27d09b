import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TaskJson } from '../../src/view/tasks.ts'
import { ok } from '../support/cli.ts'
import { listedTasks, untilRunning } from '../support/jobs.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

it.each(['claude', 'codex'] as const)(
  '%s answers prompts, and goes on with its session',
  async (kind) => {
    sandbox.teamFile({ lead: { kind } })
    const first = await ok(sandbox, ['task', 'run', 'lead', '--json', '--', '-x remember the word apple'])
    const before = JSON.parse(first.stdout)
    expect(before).toMatchObject({
      status: 'completed',
      kind: 'prompt',
      prompt: '-x remember the word apple',
    })
    expect(before.result).not.toBe('')
    const long = `long ${'y'.repeat(200_000)}`
    const second = await ok(sandbox, ['task', 'run', 'lead', '--json', '-'], { input: long })
    const after = JSON.parse(second.stdout)
    expect(after.sessionId).toBe(before.sessionId)
    const request = sandbox.model.requests(modelName('lead')).at(-1)
    expect(request?.users.join('\n')).toContain('-x remember the word apple')
    expect(request?.users.join('\n')).toContain(long)
    expect(after.usage).not.toBeNull()
    const [row] = JSON.parse((await ok(sandbox, ['session', 'ls', '--json'])).stdout)
    expect(row).toMatchObject({ id: 'web:lead', taskSessionId: before.sessionId })
    await ok(sandbox, ['session', 'reset', 'lead'])
    const third = await ok(sandbox, ['task', 'run', 'lead', '--json', 'anew'])
    expect(JSON.parse(third.stdout).sessionId).not.toBe(before.sessionId)
    await ok(sandbox, ['session', 'adopt', 'lead', before.sessionId])
    const fourth = await ok(sandbox, ['task', 'run', 'lead', '--json', 'back again'])
    expect(JSON.parse(fourth.stdout).sessionId).toBe(before.sessionId)
  },
  120_000,
)

it.each(['claude', 'codex'] as const)(
  '%s is cancelled in the middle of its answer, and timed out',
  async (kind) => {
    sandbox.teamFile({ lead: { kind } })
    const id = (await ok(sandbox, ['task', 'run', '-d', 'lead', 'SLOW 60'])).stdout.trim()
    await waitFor('the answer to begin', () => sandbox.model.requests(modelName('lead')).length > 0, 30_000)
    const { pid } = await untilRunning(sandbox, id)
    expect(processesOf(id)).toContain(pid)
    await ok(sandbox, ['task', 'cancel', id])
    expect(processesOf(id)).toEqual([])
    const late = await sandbox.team(['task', 'run', 'lead', '--timeout', '1s', 'SLOW 60'])
    expect(late.code).toBe(4)
    const tasks = await listedTasks(sandbox)
    expect(tasks.map(({ status }) => status)).toEqual(['timed_out', 'cancelled'])
    for (const task of tasks) expect(processesOf(task.id)).toEqual([])
  },
  120_000,
)

it.each(['claude', 'codex'] as const)(
  '%s at the limit of its account: the task has failed, and says so',
  async (kind) => {
    sandbox.teamFile({ lead: { kind } })
    const { code, stdout } = await sandbox.team(['task', 'run', 'lead', '--json', 'LIMIT please'])
    expect(code).toBe(1)
    const task = JSON.parse(stdout)
    expect(task).toMatchObject({ status: 'failed' })
    expect(task.reason).toMatch(/(rate|usage) limit/i)
    expect(task.reason).not.toContain('WARNING')
    console.log(`${kind}: ${task.reason}`)
    // Its conversation is not spoilt: the next task is answered.
    expect(JSON.parse((await ok(sandbox, ['task', 'run', 'lead', '--json', 'go on'])).stdout)).toMatchObject({
      status: 'completed',
    })
  },
  180_000,
)

/** The pids of all that runs for a task: its id is in their environment. */
const processesOf = (id: string): number[] =>
  readdirSync('/proc')
    .filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TEAM_TASK_ID=${id}\0`)
        )
      } catch {
        return false // ended meanwhile
      }
    })
    .map(Number)

it.each(['claude', 'codex'] as const)(
  '%s takes what it is given meanwhile one after the other, and answers with a megabyte',
  async (kind) => {
    sandbox.teamFile({ lead: { kind } })
    const ids: string[] = []
    for (const prompt of ['SLOW 3', 'SAY 62500', 'RECALL']) {
      ids.push((await ok(sandbox, ['task', 'run', '-d', 'lead', prompt])).stdout.trim())
    }
    const ended: readonly TaskJson[] = JSON.parse(
      (await ok(sandbox, ['task', 'wait', ...ids, '--json', '--timeout', '100s'])).stdout,
    )
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
    const results = ended.map(({ result }) => result ?? '')
    expect(results[0]).toContain('SLOWREPLY')
    const lines = (results[1] ?? '').split('\n').map((line) => Number(line.replace('line ', '')))
    expect(lines).toEqual(Array.from({ length: 62_500 }, (_, n) => n))
    // Each was given when the one before it was over, and in the same conversation.
    expect(results[2]).toMatch(/SLOW 3.*SAY 62500.*RECALL/)
    const times = ended.flatMap(({ startedAt, finishedAt }) => [startedAt ?? '', finishedAt ?? ''])
    expect(times).toEqual([...times].sort())
  },
  180_000,
)

it('claude and codex work at the same time', async () => {
  sandbox.teamFile({ one: { kind: 'claude' }, two: { kind: 'codex' } })
  const names = ['one', 'two']
  const ids = await Promise.all(
    names.map(async (name) => (await ok(sandbox, ['task', 'run', '-d', name, 'SLOW 8'])).stdout.trim()),
  )
  const ended: readonly { result: string }[] = JSON.parse(
    (await ok(sandbox, ['task', 'wait', ...ids, '--json'])).stdout,
  )
  for (const { result } of ended) expect(result).toContain('SLOWREPLY')
  const spans = names.map((name) => {
    const request = sandbox.model.requests(modelName(name)).find(({ text }) => text.includes('SLOW 8'))
    const answer = sandbox.model
      .entries()
      .find((entry) => entry.event === 'answered' && entry.n === request?.n)
    return { began: request?.time ?? Number.NaN, ended: answer?.time ?? Number.NaN }
  })
  const overlap = Math.min(...spans.map((span) => span.ended)) - Math.max(...spans.map(({ began }) => began))
  console.log(`both requests were open at once for ${overlap} ms`)
  expect(overlap).toBeGreaterThan(0)
}, 180_000)
