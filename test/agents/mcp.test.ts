import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { orQuick, patience, untilActivity } from './driver.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

const kinds = orQuick(
  'opencode through mcp: true',
  ['claude', 'codex', 'opencode'] as const,
  ['claude', 'codex'] as const,
)

/** What the tools that the model called gave back to it. */
function toolResults(agent: string): readonly string[] {
  return sandbox.model.requests(modelName(agent)).flatMap(({ toolResult }) => toolResult ?? [])
}

/** Claude Code begins a turn without the tools of a server that is still connecting. */
async function untilOffered(agent: string): Promise<void> {
  const offered = () => sandbox.model.requests(modelName(agent)).at(-1)?.toolNames ?? []
  const there = async () => {
    await ok(sandbox, ['send', '--wait', agent, 'anything new?'])
    return offered().some((name) => /team_+ps$/.test(name))
  }
  await waitFor(`the tools of the team to be offered to ${agent}`, there, patience)
}

/** Sends a prompt that makes the model call a tool of the team, and waits for the end of the turn. */
async function call(agent: string, tool: string, input: unknown): Promise<string> {
  const before = toolResults(agent).length
  const text = `CALL ${tool} ${JSON.stringify(input)}`
  await ok(sandbox, ['send', agent, text])
  await waitFor(`${tool} to be called`, () => toolResults(agent).length > before, patience)
  await untilActivity(sandbox, agent, 'idle')
  return toolResults(agent).at(-1) ?? ''
}

describe.each(kinds)('mcp: true of %s', (kind) => {
  it('lets it list the team and send a message to another agent, as far as the file allows', async () => {
    sandbox.teamFile({
      lead: { kind, mcp: true, allow: ['ps', 'send:web:other'] },
      other: { kind: 'claude' },
      third: { kind: 'claude' },
    })
    await ok(sandbox, ['up'])
    await ok(sandbox, ['wait', '--timeout', '90s'])
    await untilOffered('lead')
    expect(await call('lead', 'ps', { all: true })).toContain('web:other')
    // Nobody was asked for leave: the whole turn ended by itself.
    const answer = await call('lead', 'send', { agents: ['other'], text: 'hello from the lead' })
    expect(answer).toContain('accepted')
    const received = () =>
      sandbox.model.requests(modelName('other')).some(({ text }) => text.includes('hello from the lead'))
    await waitFor('the message to reach the other agent', received, patience)
    const refused = await call('lead', 'send', { agents: ['third'], text: 'not for you' })
    expect(refused).toContain('not-allowed')
    expect(refused).toContain('send:web:third')
    expect(sandbox.model.requests(modelName('third'))).toEqual([])
    // The settings of the user are what they were.
    const settings = ['.claude.json', '.codex/config.toml', '.config/opencode/opencode.json']
    for (const path of settings) expect(sandbox.read(`../${path}`)).not.toContain('bin/team.js')
    await ok(sandbox, ['down'])
  }, 400_000)

  it('is there in its tasks too, whose children know their parents', async () => {
    sandbox.teamFile({ lead: { kind, mcp: true, allow: ['task:self'] } })
    const text = `CALL task_run ${JSON.stringify({ agent: 'web:lead', shell: 'echo from below' })}`
    const run = await ok(sandbox, ['task', 'run', 'lead', '--json', '--', text])
    const parent = JSON.parse(run.stdout)
    expect(parent).toMatchObject({ status: 'completed' })
    const list = await ok(sandbox, ['task', 'ls', '--children', parent.id, '--json'])
    expect(JSON.parse(list.stdout)).toMatchObject([
      { kind: 'shell', agent: 'web:lead', parentAgent: 'web:lead', parentTaskId: parent.id },
    ])
  }, 120_000)
})
