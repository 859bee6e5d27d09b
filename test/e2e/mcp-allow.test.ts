import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '../support/cli.ts'
import { begin } from '../support/jobs.ts'
import { connect, type McpClient } from '../support/mcp.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox
const clients: McpClient[] = []
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ client }) => client.close()))
  sandbox.dispose()
})

async function as(agent: string | null): Promise<McpClient> {
  const found = await connect(sandbox, agent)
  clients.push(found)
  return found
}

/** A team in which `web:a` may do what `allow` says. */
function team(allow: readonly string[] | null): void {
  const own: AgentKeys = allow === null ? {} : { allow }
  writeTeam(sandbox, {
    'web:a': { ...sleeper, ...own },
    'web:b': { ...sleeper, role: 'worker' },
    'docs:c': sleeper,
  })
}

const refused = (missing: string) => ({
  isError: true,
  value: {
    error: {
      code: 'not-allowed',
      message: expect.stringContaining(`it lacks the permission ${missing}`),
      hint: expect.stringMatching(/team\.yaml, to projects\.web\.agents\.a\.allow$/),
    },
  },
})

const names = async ({ client }: McpClient) => (await client.listTools()).tools.map(({ name }) => name)

describe('allow', () => {
  it('is to look, when the file does not say', async () => {
    team(null)
    const client = await as('web:a')
    expect(await names(client)).toEqual(
      'ps logs capture wait task_ls task_show task_output task_wait process_ls session_ls session_show'.split(
        ' ',
      ),
    )
    expect((await client.call('ps', { all: true })).isError).toBe(false)
    const id = await begin(sandbox, 'a', 'true')
    expect((await client.call('task_wait', { ids: [id] })).isError).toBe(false)
    const forbidden: readonly [string, Record<string, unknown>, string][] = [
      ['send', { agents: ['web:b'], text: 'x' }, 'send'],
      ['task_run', { agent: 'web:b', shell: 'touch made' }, 'task'],
      ['task_cancel', { ids: [id] }, 'task'],
      ['process_start', { command: ['touch', 'made'] }, 'process'],
      ['process_write', { id, text: 'x' }, 'process'],
      ['process_read', { id }, 'process'],
      ['process_kill', { ids: [id] }, 'process'],
      ['session_reset', { agent: 'web:b' }, 'session'],
      ['session_adopt', { agent: 'web:b', session: 'x' }, 'session'],
    ]
    for (const [tool, input, missing] of forbidden)
      expect(await client.call(tool, input), tool).toMatchObject(refused(missing))
    expect((await ok(sandbox, ['task', 'ls', '-q', '-a'])).stdout.trim()).toBe(id)
    expect(() => sandbox.read('made')).toThrow()
  })

  it('is for the agents that it names, however a call names them', async () => {
    team(['ps:web', 'ls:role=worker', 'task:web:b', 'process:self', 'logs:*'])
    const [client, person] = await Promise.all([as('web:a'), as(null)])
    const rows = await client.call('ps', { all: true })
    expect(rows.value).toMatchObject([{ id: 'web:a' }, { id: 'web:b' }])
    expect(await client.call('ps', { targets: ['docs'] })).toMatchObject(refused('ps:docs:c'))
    expect(await client.call('ps', { targets: ['*'] })).toMatchObject(refused('ps:docs:c'))
    const run = (agent: string) => client.call('task_run', { agent, shell: 'true', detach: false })
    for (const agent of ['b', 'web:b', 'role=worker', 'b*'])
      expect((await run(agent)).isError, agent).toBe(false)
    for (const agent of ['a', 'web:a', 'a*'])
      expect(await run(agent), agent).toMatchObject(refused('task:web:a'))
    const others = await begin(sandbox, 'c', 'true')
    expect(await client.call('task_cancel', { ids: [others] })).toMatchObject(refused('task:docs:c'))
    expect(await client.call('task_show', { ids: [others] })).toMatchObject(
      refused('ls:docs:c or task:docs:c'),
    )
    expect((await client.call('task_output', { id: others })).isError).toBe(false)
    const listed = await client.call('task_ls', { all: true })
    expect(new Set(JSON.stringify(listed.value).match(/"agent":"[^"]*"/g))).toEqual(
      new Set(['"agent":"web:b"']),
    )
    // Its own processes, and those of nobody or of others not.
    const own = await client.call('process_start', { command: ['cat'] })
    expect(own).toMatchObject({ isError: false, value: { owner: 'web:a' } })
    expect(await client.call('process_start', { command: ['cat'], owner: 'b' })).toMatchObject(
      refused('process:web:b'),
    )
    const loose = await person.call('process_start', { command: ['cat'] })
    expect(loose).toMatchObject({ value: { owner: null } })
    const id = JSON.stringify(loose.value).match(/"id":"(\w+)"/)?.[1]
    expect(await client.call('process_kill', { ids: [id], any: true })).toMatchObject(refused('process'))
    expect((await client.call('process_ls')).value).toMatchObject([{ owner: 'web:a' }])
  })

  it('is read for every call, and [] is nothing', async () => {
    team([])
    const client = await as('web:a')
    expect(await names(client)).toEqual([])
    expect(await client.call('ps')).toMatchObject({
      value: { error: { message: expect.stringMatching(/is allowed nothing$/) } },
    })
    team(['ps'])
    expect((await client.call('ps', { all: true })).isError).toBe(false)
    expect(await names(client)).toEqual(['ps'])
    team(['logs'])
    expect(await client.call('ps')).toMatchObject(refused('ps'))
  })

  it('lets an agent that the file does not have do nothing, and a person everything', async () => {
    team(null)
    const [stranger, person] = await Promise.all([as('web:gone'), as(null)])
    expect(await names(stranger)).toEqual([])
    expect(await stranger.call('ps')).toMatchObject({
      isError: true,
      value: { error: { code: 'not-allowed', message: expect.stringContaining('"web:gone"') } },
    })
    expect((await names(person)).length).toBeGreaterThan(15)
  })
})
