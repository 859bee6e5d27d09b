import { afterEach, beforeEach, expect, it } from 'vitest'
import { ok } from '../support/cli.ts'
import { listedTasks, untilRunning } from '../support/jobs.ts'
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
    await untilRunning(sandbox, id)
    await ok(sandbox, ['task', 'cancel', id])
    const late = await sandbox.team(['task', 'run', 'lead', '--timeout', '1s', 'SLOW 60'])
    expect(late.code).toBe(4)
    expect((await listedTasks(sandbox)).map(({ status }) => status)).toEqual(['timed_out', 'cancelled'])
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
