import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isRecord } from '../../src/model/json.ts'
import { isAlive } from '../support/jobs.ts'
import { createSandbox, program, type RunningCli, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

/** What the protocol's own client would never send. */
let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': sleeper })
})
afterEach(() => sandbox.dispose())

const line = (message: object): string => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`
const hello = line({
  id: 'hello',
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
})
const callOf = (id: number, name: string, input: object = {}): string =>
  line({ id, method: 'tools/call', params: { name, arguments: input } })

/** Every line of standard output, which must all be messages. */
function messagesOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  expect(stdout.endsWith('\n')).toBe(true)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((text) => {
      const message: unknown = JSON.parse(text)
      if (!isRecord(message)) throw new Error(`no message: ${text}`)
      expect(message.jsonrpc).toBe('2.0')
      return message
    })
}

const errorOf = (message: Readonly<Record<string, unknown>>) =>
  isRecord(message.error) ? [message.id, message.error.code] : [message.id, null]

it('malformed input is answered with an error of the protocol, and what follows is served', async () => {
  const bad: readonly [string, unknown, number][] = [
    ['nonsense', null, -32_700],
    ['{"jsonrpc":"2.0","id":1,', null, -32_700],
    ['42', null, -32_600],
    ['null', null, -32_600],
    ['{}', null, -32_600],
    [`[${callOf(2, 'ps').trim()}]`, null, -32_600],
    ['{"jsonrpc":"1.0","id":3,"method":"tools/list"}', 3, -32_600],
    ['{"jsonrpc":"2.0","id":4,"method":7}', 4, -32_600],
    ['{"jsonrpc":"2.0","id":5,"method":"no/such/method"}', 5, -32_601],
    ['{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":7}}', 6, -32_602],
    ['{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ps","arguments":[]}}', 7, -32_602],
    ['{"jsonrpc":"2.0","id":8,"method":"resources/read","params":{}}', 8, -32_602],
    [`{"jsonrpc":"2.0","id":9,"method":"${'x'.repeat(9_000_000)}"}`, null, -32_600],
    ['\u0000\u0001\ufffd', null, -32_700],
  ]
  const input = `${hello}${bad.map(([text]) => `${text}\n`).join('')}\n  \r\n${callOf(100, 'ps', { all: true })}`
  const { code, stdout, stderr } = await sandbox.team(['mcp'], { input })
  const messages = messagesOf(stdout)
  const answered = (id: unknown) => messages.find((message) => message.id === id)
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(answered('hello')).toMatchObject({ result: { serverInfo: { name: 'team' } } })
  expect(answered(100)).toMatchObject({ result: { isError: false } })
  const errors = messages.filter(({ error }) => error !== undefined).map(errorOf)
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
  expect(errors.sort(byText)).toEqual(bad.map(([, id, expected]) => [id, expected]).sort(byText))
})

it('no bytes make it crash', async () => {
  const noise = fc.sample(fc.string({ unit: 'binary', maxLength: 200 }), { numRuns: 300, seed: 1 })
  const { code, stdout } = await sandbox.team(['mcp'], { input: `${noise.join('\n')}\n${hello}` })
  expect(code).toBe(0)
  expect(messagesOf(stdout).at(-1)).toMatchObject({ id: 'hello' })
})

it('a client that says all it wants and closes gets its answers; what would go on is no longer waited for', async () => {
  const calls = [1, 2].map((id) => callOf(id, 'task_run', { agent: 'a', shell: 'true', detach: id === 2 }))
  const long = callOf(3, 'task_run', { agent: 'a', shell: 'sleep 1000', detach: false })
  const { code, stdout } = await sandbox.team(['mcp'], { input: `${hello}${calls.join('')}${long}` })
  expect(code).toBe(0)
  const messages = messagesOf(stdout)
  expect(messages.map(({ id }) => id)).toEqual(expect.arrayContaining(['hello', 1, 2, 3]))
  expect(JSON.stringify(messages.find(({ id }) => id === 3))).toContain('interrupted')
  expect(await sandbox.team(['mcp'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
})

it('a server ends with its client, in the middle of a call too, and the task goes on', async () => {
  const server = sandbox.start(['mcp'], { input: null })
  server.write(hello)
  server.write(callOf(1, 'task_run', { agent: 'a', shell: 'sleep 1000', detach: false }))
  const task = await waitFor('the task to run', async () => {
    const { stdout } = await sandbox.team(['task', 'ls', '--json'])
    const [found]: readonly { pid: number | null; status: string }[] = JSON.parse(stdout)
    return found?.status === 'running' && found.pid
  })
  await endsBy(server, 'SIGTERM')
  expect(isAlive(task)).toBe(true)
  expect((await sandbox.team(['task', 'cancel', '--all'])).code).toBe(0)
})

async function endsBy(server: RunningCli, signal: NodeJS.Signals): Promise<void> {
  server.kill(signal)
  expect((await server.done).signal).toBe(signal)
}

it('standard output that nobody reads any more ends it', async () => {
  const calls = Array.from({ length: 50 }, (_, id) => callOf(id, 'ps', { all: true })).join('')
  const instead = ['/bin/sh', '-c', 'exec 3>&2; { "$0" "$1" mcp; echo "ended $?" >&3; } | head -c 10']
  const result = await sandbox.team([], {
    instead: [...instead, process.execPath, program],
    input: `${hello}${calls}`,
  })
  expect(result.stderr).toBe('ended 0\n')
})
