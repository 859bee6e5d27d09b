import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MessageStatus } from '../../src/model/message.ts'
import { expectError, nothingLeft, ok, row } from '../support/cli.ts'
import { jsonOf } from '../support/jobs.ts'
import { seededRandom } from '../support/random.ts'
import { createSandbox, fixtures, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

const full = process.env.TEAM_TEST_FULL === '1'

/** Messages that wait for idle moments, with agents that behave as Claude Code does. */
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = createSandbox()
  const claude = {
    runtime: 'claude',
    command: [process.execPath, join(fixtures, 'fake-claude.mjs')],
    env: { CLAUDE_CONFIG_DIR: join(sandbox.dir, 'claude home') },
  }
  writeTeam(sandbox, { 'web:lead': claude, 'web:two': claude, 'web:plain': sleeper })
  await ok(sandbox, ['up'])
  await ok(sandbox, ['wait', 'lead', 'two', '--timeout', '20s'])
})
afterAll(() => sandbox.dispose())

interface Listed {
  readonly id: string
  readonly text: string
  readonly status: MessageStatus
}

const leave = async (agent: string, text: string): Promise<string> => {
  const sent = jsonOf(await ok(sandbox, ['send', agent, text, '--when', 'idle', '--json']))
  expect(sent).toMatchObject([{ delivery: 'queued', reason: null, answer: null }])
  return String(Object(Object(sent)[0]).message)
}
const listed = async (...args: string[]): Promise<readonly Listed[]> =>
  JSON.parse((await ok(sandbox, ['inbox', 'ls', '--json', ...args])).stdout)
/** What an agent was told, in order. */
const told = async (agent: string): Promise<readonly string[]> => {
  const { entries } = JSON.parse((await ok(sandbox, ['session', 'show', agent, '--json'])).stdout)
  const said: readonly { who: string; text: string }[] = entries
  return said.filter(({ who }) => who === 'user').map(({ text }) => text)
}
const delivered = (count: number) =>
  waitFor(
    'all to be brought',
    async () =>
      (await listed()).every(({ status }) => status === 'unsure') && (await listed('-a')).length >= count,
    60_000,
  )
const runnerPid = (): number | null => {
  try {
    return JSON.parse(readFileSync(join(sandbox.dir, '.team/inbox/runner.lock'), 'utf8')).pid
  } catch {
    return null
  }
}

it('waits for a busy agent, and brings each message once, in order, with who sent it', async () => {
  await ok(sandbox, ['send', 'lead', 'SLOW 600'])
  const from = { env: { TEAM_AGENT: 'web:two', TEAM_FILE: join(sandbox.dir, 'team.yaml') } }
  await ok(sandbox, ['send', 'lead', 'from another', '--when', 'idle'], from)
  await leave('lead', 'second\nin two lines')
  await leave('lead', 'second\nin two lines')
  expect((await listed('lead')).map(({ status }) => status)).toEqual(['queued', 'queued', 'queued'])
  expect((await row(sandbox, 'web:lead')).activity).toBe('busy')
  await ok(sandbox, ['keys', 'lead', 'Escape'])
  await delivered(3)
  expect(await told('lead')).toEqual([
    'SLOW 600',
    '[message from web:two; to answer: team send web:two TEXT]\nfrom another',
    'second\nin two lines',
    'second\nin two lines',
  ])
  // Nothing waits: nothing runs.
  await waitFor('the runner to end', () => runnerPid() === null)
  const { stdout } = await ok(sandbox, ['events', 'lead', '--json'])
  const names = stdout.match(/"event":"message_\w+"/g) ?? []
  expect(names.filter((name) => name.includes('delivered'))).toHaveLength(3)
})

it('leaves alone what a person types, and forgets what is removed', async () => {
  const before = await told('two')
  await ok(sandbox, ['keys', 'two', 'm', 'i', 'n', 'e'])
  const kept = await leave('two', 'after you')
  const removed = await leave('two', 'never mind')
  await ok(sandbox, ['inbox', 'rm', removed])
  expectError(await sandbox.team(['inbox', 'rm', removed]), 1, 'is removed')
  expectError(await sandbox.team(['inbox', 'rm', 'x']), 1, 'no message')
  await ok(sandbox, ['keys', 'two', 'Enter'])
  await waitFor('the message', async () => (await listed('two')).length === 0, 30_000)
  expect((await told('two')).slice(before.length)).toEqual(['mine', 'after you'])
  const all = await listed('two', '-a')
  expect(all.map(({ id, status }) => [id, status])).toEqual([
    [kept, 'delivered'],
    [removed, 'removed'],
  ])
})

it('keeps it for an agent that is down until it is up again', async () => {
  await ok(sandbox, ['down', 'two'])
  await leave('two', 'when you are back')
  await waitFor('the runner to end', () => runnerPid() === null)
  expect((await listed('two')).map(({ status }) => status)).toEqual(['queued'])
  await ok(sandbox, ['up', 'two'])
  await waitFor('the message', async () => (await listed('two')).length === 0, 30_000)
  expect((await told('two')).at(-1)).toBe('when you are back')
})

it('refuses what cannot work', async () => {
  expectError(await sandbox.team(['send', 'plain', 'x', '--when', 'idle']), 2, 'is a command')
  expectError(await sandbox.team(['send', 'lead', 'x', '--when', 'idle', '--wait']), 2, '--wait')
  expectError(await sandbox.team(['send', 'lead', 'x', '--when', 'idle', '-f', '-']), 2)
})

it('neither loses nor doubles a message whenever its runner is killed', async () => {
  const random = seededRandom(5)
  const texts = Array.from({ length: full ? 60 : 8 }, (_, n) => `number ${n}`)
  let kills = 0
  for (const text of texts) {
    await leave('two', text)
    await new Promise((resolve) => setTimeout(resolve, random() * 1_200))
    const pid = runnerPid()
    if (pid !== null) {
      process.kill(pid, 'SIGKILL')
      kills += 1
    }
    await listed()
  }
  await waitFor(
    'the rest',
    async () => (await listed('two')).every(({ status }) => status === 'unsure'),
    full ? 600_000 : 120_000,
  )
  const ended = (await listed('two', '-a')).filter(({ text }) => text.startsWith('number'))
  const said = (await told('two')).filter((text) => text.startsWith('number'))
  console.log(
    `${kills} kills: ${ended.filter(({ status }) => status === 'delivered').length} delivered, ${ended.filter(({ status }) => status === 'unsure').length} unsure`,
  )
  expect(ended.map(({ text }) => text)).toEqual(texts)
  expect(new Set(said).size).toBe(said.length)
  expect(said).toEqual(texts.filter((text) => said.includes(text)))
  for (const { text, status } of ended) {
    if (status !== 'unsure') expect([text, status, said.includes(text)]).toEqual([text, 'delivered', true])
  }
}, 900_000)

it('leaves nothing behind', async () => {
  await ok(sandbox, ['down'])
  await waitFor('the runner to end', () => runnerPid() === null)
  await nothingLeft(sandbox)
  const dir = join(sandbox.dir, '.team/inbox/web.two')
  expect(existsSync(dir) && readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([])
})
