import { expect, it } from 'vitest'
import type { AgentSpec } from '../../../src/model/agent.ts'
import { codex } from '../../../src/runtimes/codex.ts'
import { agentSpec } from '../../support/launches.ts'

const spec = (args: readonly string[]): AgentSpec => ({
  ...agentSpec({ command: ['true'] }),
  kind: 'codex',
  command: null,
  cwd: '/srv/here',
  args,
})

it('names the directory in which a session goes on, so that codex does not ask', () => {
  expect(codex.argv(spec([]), 'resume').join(' ')).toContain(' -C /srv/here ')
  expect(codex.argv(spec([]), 'new')).not.toContain('-C')
})

it.each([[['-C', '/x']], [['--cd', '/x']], [['--cd=/x']], [['-C/x']]])('leaves it to %j', (args) => {
  expect(codex.argv(spec(args), 'resume')).not.toContain('/srv/here')
})
