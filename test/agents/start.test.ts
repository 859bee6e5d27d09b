import { afterEach, beforeEach, expect, it } from 'vitest'
import { ok, row } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentKind, agentKinds } from './agent-home.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { orQuick } from './driver.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

const kinds = orQuick<AgentKind>('the start of opencode, which its drains show too', agentKinds, [
  'claude',
  'codex',
  'gemini',
])

it.each(kinds)('%s starts without a dialog and answers its first prompt', async (kind) => {
  sandbox.teamFile({ lead: { kind, prompt: 'Say "hello", $$HOME; `done`' } })
  await ok(sandbox, ['up'])
  const first = await waitFor('the first prompt', () => sandbox.model.requests(modelName('lead'))[0], 90_000)
  expect(first.text).toBe('Say "hello", $HOME; `done`')
  expect((await row(sandbox, 'web:lead')).state).toBe('running')
})
