import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { begin } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

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
