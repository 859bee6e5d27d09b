import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { begin, writeEnded } from '../support/jobs.ts'
import { seededRandom } from '../support/random.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

const full = process.env.TEAM_TEST_FULL === '1'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
})
afterEach(() => sandbox.dispose())

it('tells a reader in two steps, which is exactly once for one that keeps what it has dealt with', async () => {
  const ids: string[] = []
  for (let n = 0; n < 4; n += 1) ids.push(await begin(sandbox, 'a', `echo ${n}`))
  const open = await begin(sandbox, 'b', 'sleep 1000')
  await ok(sandbox, ['task', 'wait', ids.at(-1) ?? '', '--timeout', '30s'])
  const told = async (...more: string[]) => {
    const { stdout } = await ok(sandbox, ['task', 'notices', '--reader', 'one', '--json', ...more])
    return stdout.split('\n').flatMap((line): string[] => (line === '' ? [] : [JSON.parse(line).id]))
  }
  expect(await told('--peek')).toEqual(ids)
  const dealtWith: string[] = []
  // Killed in the middle of each acknowledgement, sooner and sooner, until one gets through.
  for (let round = 0; (await told('--peek')).length > 0; round += 1) {
    for (const id of await told('--peek')) {
      if (!dealtWith.includes(id)) dealtWith.push(id)
      const ack = sandbox.start(['task', 'notices', '--reader', 'one', '--ack', id])
      const timer = setTimeout(() => ack.kill('SIGKILL'), round * 25)
      await ack.done
      clearTimeout(timer)
    }
    expect(round).toBeLessThan(50)
  }
  expect(dealtWith).toEqual(ids)
  expect(await told()).toEqual([])
  await ok(sandbox, ['task', 'notices', '--reader', 'one', '--ack', ids[0] ?? ''])
  expectError(await sandbox.team(['task', 'notices', '--reader', 'one', '--ack', open]), 1, 'no notice of')
  expectError(await sandbox.team(['task', 'notices', '--reader', 'one', '--ack', open, '--peek']), 2)
})

// A reader that keeps what it has dealt with beside its work, as it has to: what it knows, it only acknowledges.
const reader = `
const { appendFileSync, existsSync, readFileSync } = require('node:fs')
const { execFileSync } = require('node:child_process')
const team = (...args) => execFileSync(process.execPath, [process.argv[1], 'task', 'notices', '--reader', 'one', ...args])
const journal = 'journal'
for (;;) {
  const lines = team('--peek', '--json').toString().split('\\n').filter(Boolean)
  if (lines.length === 0) break
  const known = new Set(existsSync(journal) ? readFileSync(journal, 'utf8').split('\\n') : [])
  const ids = lines.slice(0, 20).map((line) => JSON.parse(line).id)
  for (const id of ids) if (!known.has(id)) appendFileSync(journal, id + '\\n')
  team(...ids.flatMap((id) => ['--ack', id]))
}
`

it('tells each of many exactly once and in order, to readers that are killed at any moment', async () => {
  const ids = Array.from({ length: full ? 1_000 : 200 }, (_, n) => `0aaaa${String(n).padStart(8, '0')}`)
  await ok(sandbox, ['task', 'run', 'a', '--shell', 'true'])
  await ok(sandbox, ['task', 'notices', '--reader', 'one'])
  for (const id of ids) writeEnded(sandbox, id)
  const random = seededRandom(5)
  const journalSize = () => statSync(join(sandbox.dir, 'journal'), { throwIfNoEntry: false })?.size ?? 0
  let kills = 0
  for (;;) {
    const running = sandbox.start([], { instead: ['setsid', process.execPath, '-e', reader, program] })
    // Each gets on with it, however slow the machine is, and none to the end, however fast.
    const dealtWith = journalSize()
    let over = false
    const ended = running.done.finally(() => {
      over = true
    })
    await waitFor('progress', () => over || journalSize() > dealtWith, 60_000)
    const killer = setTimeout(() => over || process.kill(-running.pid, 'SIGKILL'), random() * 200)
    const { code } = await ended
    clearTimeout(killer)
    if (code === 0) break
    kills += 1
  }
  console.log(`${ids.length} notices, ${kills} readers killed`)
  expect(sandbox.read('journal').trim().split('\n')).toEqual(ids)
  expect(kills).toBeGreaterThan(1)
}, 120_000)
