import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isRecord } from '../../src/model/json.ts'
import { ok, row } from '../support/cli.ts'
import { isAlive, untilStatus } from '../support/jobs.ts'
import { connect, type McpClient } from '../support/mcp.ts'
import { createSandbox, fixtures, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox
const clients: McpClient[] = []
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ client }) => client.close()))
  sandbox.dispose()
})

async function connected(as: string | null, argv?: readonly string[]): Promise<McpClient> {
  const found = await connect(sandbox, as, argv)
  clients.push(found)
  return found
}

/** What the command line says, for a comparison. */
async function cli(...args: string[]): Promise<unknown> {
  return JSON.parse((await ok(sandbox, [...args, '--json'])).stdout)
}

const fakeClaude = () => ({
  runtime: 'claude',
  command: [process.execPath, join(fixtures, 'fake-claude.mjs')],
  env: { CLAUDE_CONFIG_DIR: join(sandbox.dir, 'claude home') },
})

/** The key of a result that must be an object. */
function keyOf(value: unknown, key: string): unknown {
  expect(value).toMatchObject({ [key]: expect.anything() })
  return isRecord(value) ? value[key] : undefined
}

const idOf = (value: unknown): string => String(keyOf(value, 'id'))

describe('the tools', () => {
  it('do what the commands do, and answer as --json does', async () => {
    writeTeam(sandbox, { 'web:lead': fakeClaude(), 'web:api': { command: 'echo listening; sleep 1000' } })
    await ok(sandbox, ['up'])
    const { client, call, called } = await connected(null)
    const { tools } = await client.listTools()
    for (const tool of tools) {
      expect(tool.description).toMatch(/.{10,}/)
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    }

    const { value: agents, structured } = await call('ps', { all: true })
    // But for how long they have been up, of course.
    const stripped = (rows: unknown) =>
      JSON.stringify(rows).replace(/"uptimeMs":\d+|"activity\w*":[^,]*/g, '')
    expect(stripped(agents)).toBe(stripped(await cli('ps', '-a')))
    expect(structured).toEqual({ items: agents })
    expect((await call('ps', { targets: ['api'] })).value).toMatchObject([{ id: 'web:api' }])

    expect((await call('wait', { targets: ['lead'], timeout: '30s' })).value).toMatchObject([
      { id: 'web:lead', result: 'reached', activity: 'idle' },
    ])
    const text = '-it\'s "so"; $HOME\nnext line'
    const sent = await call('send', { agents: ['lead'], text, wait: true, timeout: '30s' })
    expect(sent).toMatchObject({
      isError: false,
      value: [{ id: 'web:lead', delivery: 'accepted', answer: `echo: ${text}` }],
    })
    expect((await call('capture', { agent: 'lead' })).value).toMatchObject({
      id: 'web:lead',
      screen: expect.stringContaining('echo: -it'),
    })
    expect((await call('logs', { targets: ['api'] })).value).toEqual([
      { id: 'web:api', time: expect.any(String), text: 'listening' },
    ])

    const { value: task } = await call('task_run', {
      agent: 'api',
      shell: 'echo out; sleep 1000',
      tag: ['t'],
    })
    const id = idOf(task)
    expect(task).toMatchObject({ kind: 'shell', agent: 'web:api', tags: ['t'] })
    await untilStatus(sandbox, id, 'running')
    expect((await call('task_wait', { ids: [id], timeout: '100ms' })).isError).toBe(true)
    expect((await call('task_ls', { tag: ['t'] })).value).toMatchObject([{ id }])
    expect((await call('task_cancel', { ids: [id], grace: '100ms' })).value).toMatchObject([
      { id, status: 'cancelled', before: false, survivors: [] },
    ])
    expect((await call('task_output', { id })).value).toEqual({ id, output: 'out\n', dropped: 0 })
    expect((await call('task_show', { ids: [id] })).value).toEqual(await cli('task', 'show', id))
    const whole = await call('task_run', { agent: 'api', shell: 'exit 3', detach: false })
    expect(whole).toMatchObject({ isError: true, value: { status: 'failed', exitCode: 3 } })

    const { value: cat } = await call('process_start', { command: ['cat'], owner: 'api' })
    const process = idOf(cat)
    await call('process_write', { id: process, text: 'ping' })
    await call('process_write', { id: process, text: 'pong', no_newline: true })
    const read = await call('process_read', { id: process, wait: '10s' })
    const more = await call('process_read', { id: process, wait: '200ms' })
    const printed = [read, more].map(({ value }) => keyOf(value, 'stdout')).join('')
    expect(printed).toBe('ping\npong')
    expect((await call('process_ls')).value).toMatchObject([
      { id: process, owner: 'web:api', state: 'running' },
    ])
    expect((await call('process_kill', { ids: [process] })).value).toMatchObject([
      { id: process, survivors: [] },
    ])
    expect(isAlive(String(keyOf(cat, 'pid')))).toBe(false)

    const session = '7f1c2d34-5a6b-4c7d-8e9f-0a1b2c3d4e5f'
    await call('session_adopt', { agent: 'lead', session })
    expect((await call('session_ls', { targets: ['lead'] })).value).toMatchObject([
      { taskSessionId: session },
    ])
    expect(await call('session_show', { agent: 'lead' })).toMatchObject({ isError: false })
    expect((await call('session_reset', { agent: 'lead' })).value).toEqual({
      id: 'web:lead',
      taskSessionId: null,
    })
    expect([...called].sort()).toEqual(tools.map(({ name }) => name).sort())
  }, 120_000)

  it('tell errors as --json does, and those of the protocol as such', async () => {
    writeTeam(sandbox, { 'web:a': sleeper })
    const { call } = await connected(null)
    expect(await call('send', { agents: ['a'], text: 'hello' })).toMatchObject({
      isError: true,
      value: [{ id: 'web:a', delivery: 'refused' }],
    })
    expect(await call('capture', { agent: 'nobody' })).toMatchObject({
      isError: true,
      value: { error: { code: 'target-unknown', hint: expect.any(String) } },
    })
    expect(await call('process_write', { id: '../x', text: 'y' })).toMatchObject({
      isError: true,
      value: { error: { code: 'job-unknown' } },
    })
    const wrong: readonly [string, Record<string, unknown>, RegExp][] = [
      ['nonsense', {}, /unknown tool "nonsense"/],
      ['ps', { al: true }, /there is no "al"/],
      ['ps', { targets: 'web' }, /"targets" must be a list of texts/],
      ['ps', { status: ['happy'] }, /"status" must be some of/],
      ['capture', {}, /"agent" is missing/],
      ['task_show', { ids: [] }, /"ids" must be a list that is not empty/],
      ['capture', { agent: 'a', lines: 1.5 }, /"lines" must be a whole number/],
      ['capture', { agent: 'a', lines: 0 }, /"lines": expected a whole number above 0/],
      ['wait', { timeout: 'soon' }, /"timeout": expected a duration/],
      ['wait', { for: 'lunch' }, /"for" must be one of/],
      ['wait', { any: 'yes' }, /"any" must be true or false/],
      ['ps', { __proto__: 1, constructor: 1 }, /there is no "constructor"/],
    ]
    for (const [tool, input, message] of wrong)
      await expect(call(tool, input), tool).rejects.toMatchObject({
        code: -32_602,
        message: expect.stringMatching(message),
      })
    sandbox.write('team.yaml', 'projects: [')
    expect(await call('ps')).toMatchObject({ isError: true, value: { error: { code: 'compose-invalid' } } })
  })

  it('are called side by side, and one that is cancelled stops waiting', async () => {
    writeTeam(sandbox, { 'web:a': sleeper })
    const { call } = await connected(null)
    const id = idOf((await call('task_run', { agent: 'a', shell: 'sleep 1000' })).value)
    const stop = new AbortController()
    const waiting = call('task_wait', { ids: [id] }, stop.signal)
    expect((await call('task_show', { ids: [id] })).value).toMatchObject({ id })
    stop.abort()
    await expect(waiting).rejects.toThrow()
    expect((await call('task_cancel', { ids: [id] })).value).toMatchObject([{ status: 'cancelled' }])
  })
})

describe('the resources', () => {
  it('are the agents and the tasks', async () => {
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': { ...sleeper, allow: ['ps:web:b'] } })
    const { client, call } = await connected(null)
    const id = idOf((await call('task_run', { agent: 'a', shell: 'true', detach: false })).value)
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual([
      'team://agents',
      'team://agents/web:a',
      'team://agents/web:b',
      'team://tasks',
      `team://tasks/${id}`,
    ])
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'team://agents/{id}',
      'team://tasks/{id}',
    ])
    const read = async (uri: string, from = client) => {
      const [content] = (await from.readResource({ uri })).contents
      return content !== undefined && 'text' in content ? JSON.parse(content.text) : null
    }
    expect(await read('team://agents')).toMatchObject([{ id: 'web:a', state: 'stopped' }, { id: 'web:b' }])
    expect(await read('team://agents/web:b')).toMatchObject({ id: 'web:b' })
    expect(await read('team://tasks')).toMatchObject([{ id }])
    expect(await read(`team://tasks/${id}`)).toMatchObject({ id, status: 'completed' })
    for (const uri of ['team://agents/web:x', 'team://tasks/x', 'team://', 'file:///etc/passwd'])
      await expect(read(uri), uri).rejects.toMatchObject({ code: -32_602 })
    const agent = await connected('web:b')
    const seen = await agent.client.listResources()
    expect(seen.resources.map(({ uri }) => uri)).toEqual(['team://agents', 'team://agents/web:b'])
    expect(await read('team://agents', agent.client)).toMatchObject([{ id: 'web:b' }])
    for (const uri of ['team://agents/web:a', 'team://tasks', `team://tasks/${id}`])
      await expect(read(uri, agent.client), uri).rejects.toMatchObject({
        message: expect.stringContaining('may not use'),
      })
  })
})

describe('several clients', () => {
  it('work at once, and each gets what it has asked for', async () => {
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
    const both = await Promise.all([connected(null), connected('web:a')])
    writeTeam(sandbox, { 'web:a': { ...sleeper, allow: ['task', 'process', 'ps'] }, 'web:b': sleeper })
    const rounds = Array.from({ length: 8 }, (_, n) => n)
    await Promise.all(
      both.map(async ({ call }, who) => {
        const { value } = await call('process_start', { command: ['cat'] })
        const id = idOf(value)
        await Promise.all(
          rounds.map(async (n) => {
            const agent = n % 2 === 0 ? 'a' : 'b'
            const run = await call('task_run', { agent, shell: `echo ${who}-${n}`, detach: false })
            const { value: output } = await call('task_output', { id: idOf(run.value) })
            expect(output).toMatchObject({ output: `${who}-${n}\n` })
          }),
        )
        for (const n of rounds) {
          await call('process_write', { id, text: `${who} ${n}` })
          const read = await call('process_read', { id, wait: '10s' })
          expect(read.value).toMatchObject({ stdout: `${who} ${n}\n` })
        }
      }),
    )
  }, 60_000)
})

describe('the agent that calls', () => {
  it('is who team has started it as', async () => {
    writeTeam(sandbox, { 'web:a': { ...sleeper, allow: ['process:self'] }, 'web:b': sleeper })
    await ok(sandbox, ['up'])
    const { client, call } = await connected(null, ['exec', 'a', '--', process.execPath, program, 'mcp'])
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(
      ['start', 'write', 'read', 'kill', 'ls'].map((verb) => `process_${verb}`),
    )
    expect((await call('process_start', { command: ['cat'] })).value).toMatchObject({ owner: 'web:a' })
    expect((await row(sandbox, 'web:a')).state).toBe('running')
  })
})
