import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseStat } from '../../src/io/processes.ts'
import type { HistoryEntry } from '../../src/view/history.ts'
import { expectError, ok, row } from '../support/cli.ts'
import { begin, isAlive, jsonOf } from '../support/jobs.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, fixtures, type Sandbox } from '../support/sandbox.ts'
import { polite, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = createSandbox()
  const claude = {
    runtime: 'claude',
    command: [process.execPath, join(fixtures, 'fake-claude.mjs')],
    env: { CLAUDE_CONFIG_DIR: join(sandbox.dir, 'claude home') },
  }
  writeTeam(sandbox, { 'web:lead': claude, 'web:plain': polite() })
  await ok(sandbox, ['up'])
})
afterAll(() => sandbox.dispose())

const entries = async (...args: string[]): Promise<readonly HistoryEntry[]> =>
  JSON.parse((await ok(sandbox, ['history', '--json', ...args])).stdout)

it('a conversation can be read while it is held, by its id, and once its agent has ended', async () => {
  await ok(sandbox, ['send', 'lead', 'first words', '--wait'])
  await ok(sandbox, ['send', 'lead', 'second words', '--wait'])
  const { sessionId } = await row(sandbox, 'web:lead')
  const said = ['first words', 'echo: first words', 'second words', 'echo: second words']
  const shown = async (...args: string[]) =>
    jsonOf(await ok(sandbox, ['session', 'show', 'lead', '--json', ...args]))
  const whole = {
    ...{ id: 'web:lead', runtime: 'claude', sessionId },
    entries: said.map((text, index) => ({
      time: expect.stringMatching(/Z$/),
      who: index % 2 === 0 ? 'user' : 'agent',
      text,
    })),
  }
  expect(await shown()).toEqual(whole)
  expect(await shown(sessionId ?? '', '-n', '1')).toEqual({ ...whole, entries: whole.entries.slice(-1) })
  const { stdout } = await ok(sandbox, ['session', 'show', 'lead'])
  expect(stdout).toMatch(/^user {3}first words$/m)
  expectError(await sandbox.team(['session', 'show', 'lead', '../*']), 1, 'can be read')
  expectError(await sandbox.team(['session', 'show', 'lead', '--tasks']), 1, 'holds no conversation')
  expectError(await sandbox.team(['session', 'show', 'plain']), 1, 'holds no conversation')
  await ok(sandbox, ['down', 'lead'])
  expect(await shown()).toEqual(whole)
})

it('lists what ran, of every kind, and what goes on', async () => {
  const task = await begin(sandbox, 'plain', 'exit 3')
  await sandbox.team(['task', 'wait', task])
  await ok(sandbox, ['process', 'start', '--owner', 'plain', '--', 'sh', '-c', 'cat'])
  const all = await entries()
  const told = all.map(({ kind, agent, status, exitCode }) => `${kind} ${agent} ${status} ${exitCode}`)
  expect(told.slice(0, 2)).toEqual(['process web:plain running null', 'shell web:plain failed 3'])
  // Both began with the same `up`.
  expect(told.slice(2).sort()).toEqual(['agent web:lead drained 0', 'agent web:plain running null'])
  for (const { status, finishedAt } of all) expect(finishedAt === null).toBe(status === 'running')
  expect(all[0]).toMatchObject({ what: 'sh -c cat' })
  expect(all[1]).toMatchObject({ id: task, reason: 'exit 3', what: 'exit 3' })
  expect((await entries('lead')).map(({ kind }) => kind)).toEqual(['agent'])
  expect((await entries('-n', '2')).map(({ id }) => id)).toEqual(all.slice(0, 2).map(({ id }) => id))
  expect((await entries('--kind', 'agent', '-a')).length).toBe(2)
  expect(await entries('--since', '1ms')).toEqual([])
  expect((await ok(sandbox, ['history'])).stdout).toMatch(/^web:plain +shell +failed .* 3 .*exit 3$/m)
})

it('does not say that a run goes on, or how it ended, where nobody saw its end', async () => {
  const { pid } = await row(sandbox, 'web:plain')
  const wrapper = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.ppid ?? 0
  process.kill(knownPid(wrapper), 'SIGKILL')
  process.kill(knownPid(pid), 'SIGKILL')
  await waitFor('its end', () => !isAlive(pid ?? 0))
  const [run] = await entries('plain', '--kind', 'agent')
  expect(run).toMatchObject({ status: 'unknown', finishedAt: null, durationMs: null, exitCode: null })
})
