import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { isAlive, listedTasks, shownTask, untilRunning } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

/** A stand-in for Claude Code's headless mode, which writes down what it was asked. */
const program = `#!/bin/sh
printf '%s\\n' "$@" >args
cat >input
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"11111111-1111-4111-8111-111111111111","total_cost_usd":0.1,"usage":{"input_tokens":3,"output_tokens":4}}'
`

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  const bin = join(sandbox.dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'claude'), program)
  chmodSync(join(bin, 'claude'), 0o755)
  writeTeam(sandbox, { 'web:a': { runtime: 'claude', env: { PATH: `${bin}:/usr/bin:/bin` } } })
})
afterEach(() => sandbox.dispose())

const run = (...words: string[]) => ok(sandbox, ['task', 'run', 'a', ...words])
const args = () => readFileSync(join(sandbox.dir, 'args'), 'utf8').trimEnd().split('\n')

it('comes from a file or standard input as it is, and nothing else is taken for text', async () => {
  sandbox.write('prompt.txt', '-v: 𝄞 é\nsecond line')
  expect((await run('--file', 'prompt.txt')).stdout).toBe('done\n')
  expect(args().slice(-2)).toEqual(['-v: 𝄞 é', 'second line'])
  const long = 'p'.repeat(200_000)
  await ok(sandbox, ['task', 'run', 'a', '--file', '-'], { input: long })
  expect(readFileSync(join(sandbox.dir, 'input'), 'utf8')).toBe(long)
  writeFileSync(join(sandbox.dir, 'binary'), Buffer.from([0x61, 0xff, 0xfe]))
  expectError(await sandbox.team(['task', 'run', 'a', '--file', 'binary']), 2, 'binary is no UTF-8 text')
  const input = Buffer.from([0xc3])
  expectError(await sandbox.team(['task', 'run', 'a', '-'], { input }), 2, 'standard input is no UTF-8 text')
  expectError(await sandbox.team(['task', 'run', 'a', '--file', 'gone']), 2, 'gone: ENOENT')
})

it('stands for itself alone in the command that is shown', async () => {
  await run('e', '--model', 'small')
  const [task] = await listedTasks(sandbox)
  expect(task).toMatchObject({
    ...{ kind: 'prompt', agent: 'web:a', project: 'web', runtime: 'claude', model: 'small' },
    ...{ prompt: 'e', promptPreview: 'e', status: 'completed', exitCode: 0, result: 'done' },
    ...{ sessionId: '11111111-1111-4111-8111-111111111111', usage: { input: 3, output: 4 }, costUsd: 0.1 },
  })
  const times = [task?.createdAt, task?.startedAt, task?.finishedAt].map((time) => time ?? '')
  expect(times).toEqual([...times].sort())
  for (const time of times) expect(time).toMatch(/Z$/)
  expect(task?.command).toEqual([
    ...['claude', '-p', '--output-format', 'stream-json', '--verbose', '--session-id'],
    ...[expect.stringMatching(/^[0-9a-f-]{36}$/), '--model', 'small', '--', '{{prompt}}'],
  ])
})

it('is given again as it was: one for a new session begins a new one', async () => {
  await run('first')
  await run('--fresh', 'second')
  const [fresh, goesOn] = (await listedTasks(sandbox)).map(({ id }) => id)
  await ok(sandbox, ['task', 'retry', fresh ?? ''])
  expect(args()).toContain('--session-id')
  await ok(sandbox, ['task', 'retry', goesOn ?? ''])
  expect(args()).toContain('--resume')
})

it('tells why it failed: by the CLI’s own words, else by its exit code and stderr', async () => {
  const failed = (text: string) =>
    `echo '{"type":"result","subtype":"success","is_error":true,"result":"${text}","session_id":"x"}'; echo more >&2; exit 1`
  const cases: readonly [string, string][] = [
    [failed('API Error: 429 rate limit'), 'API Error: 429 rate limit'],
    ['echo "no key: log in first" >&2; exit 9', 'exit 9: no key: log in first'],
    ['echo "gave up" >&2', 'it ended without a result: gave up'],
    ['kill -9 $$', 'ended by SIGKILL'],
    [':', 'it ended without a result'],
  ]
  for (const [script, reason] of cases) {
    writeFileSync(join(sandbox.dir, 'bin/claude'), `#!/bin/sh\n${script}\n`)
    expect((await sandbox.team(['task', 'run', 'a', 'x'])).code).toBe(1)
    expect((await listedTasks(sandbox))[0]).toMatchObject({ status: 'failed', reason })
  }
})

it('whose host was killed is lost, but not what was said: all of it is kept, and the answer known', async () => {
  const result = program.split('\n').find((line) => line.startsWith('echo'))
  const script = `echo '{"n":1}'; echo warned >&2; echo '{"n":2}'
while [ ! -e go ]; do sleep 0.05; done; echo '{"n":3}'; ${result}; touch said; sleep 1000`
  writeFileSync(join(sandbox.dir, 'bin/claude'), `#!/bin/sh\n${script}\n`)
  const id = (await ok(sandbox, ['task', 'run', '-d', 'a', 'x'])).stdout.trim()
  const { pid } = await untilRunning(sandbox, id)
  const output = async () => (await ok(sandbox, ['task', 'output', id])).stdout
  await waitFor('what it says first', async () => (await output()).includes('"n":2'))
  const dir = join(sandbox.dir, '.team/tasks', id)
  const host: { pid: number } = JSON.parse(readFileSync(join(dir, 'host.json'), 'utf8'))
  process.kill(host.pid, 'SIGKILL')
  await waitFor('the host to be gone', () => !isAlive(host.pid))
  sandbox.write('go', '')
  await waitFor('what it says then', () => existsSync(join(sandbox.dir, 'said')))
  // Of several that see it at once each tells the same.
  await Promise.all(Array.from({ length: 4 }, () => ok(sandbox, ['task', 'ls'])))
  expect(await shownTask(sandbox, id)).toMatchObject({ status: 'lost', result: 'done', costUsd: 0.1 })
  expect(isAlive(pid)).toBe(false)
  const lines = (await output()).trimEnd().split('\n')
  expect(lines.filter((line) => line !== 'warned')).toEqual([
    ...['{"n":1}', '{"n":2}', '{"n":3}'],
    expect.stringContaining('"result":"done"'),
  ])
  expect(readdirSync(dir)).not.toContain('stdout')
})
