import { afterEach, beforeEach, expect, it } from 'vitest'
import { processesIn } from '../support/census.ts'
import { expectError, nothingLeft, ok, row, rows } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox('own config')
  const supervisor = { type: 'tmux', tmux: { config: './my own.conf' } }
  const agents = { lead: { command: 'exec sleep 1000' } }
  sandbox.write('team.yaml', JSON.stringify({ name: 't', supervisor, projects: { web: { agents } } }))
})
afterEach(() => sandbox.dispose())

it('a tmux configuration of one’s own comes after what is built in', async () => {
  sandbox.write('my own.conf', 'set -g status off\nset -g history-limit 77\n')
  await ok(sandbox, ['up'])
  expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running' })
  expect(sandbox.tmux('t', ['show-options', '-gv', 'status'])).toBe('off\n')
  expect(sandbox.tmux('t', ['display-message', '-p', '-t', '=t/web/lead:', '#{history_limit}'])).toBe('77\n')
})

it.each([
  [
    'an unknown option',
    'set -g status off\nset -g nosuch on\n',
    /team: tmux refuses .*my own\.conf: .*nosuch/,
  ],
  ['an unknown command', 'set -g status off\nbogus on\n', /line 2: unknown command: bogus/],
  ['half a command', 'set -g {\n', /line \d: syntax error/],
])('%s in it is refused before any agent starts', async (_, text, message) => {
  sandbox.write('my own.conf', text)
  expectError(await sandbox.team(['up']), 2, message, 'supervisor.tmux.config')
  expect(processesIn(sandbox)).toEqual([])
  sandbox.write('my own.conf', '# nothing\n')
  await ok(sandbox, ['up'])
  expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running' })
})

it('a hook that waits lets nobody find an agent half started', async () => {
  const agents = { a: { command: 'exec sleep 1000' }, b: { command: 'exec sleep 1000' } }
  const file = (more: object) =>
    sandbox.write(
      'team.yaml',
      JSON.stringify({
        name: 't',
        supervisor: { type: 'tmux', tmux: { config: './my own.conf' } },
        projects: { web: { agents: { ...agents, ...more } } },
      }),
    )
  sandbox.write('my own.conf', 'set-hook -g after-new-session "run-shell \'sleep 0.5\'"\n')
  file({})
  await ok(sandbox, ['up'])
  expect(await rows(sandbox)).toMatchObject({ 'web:a': { state: 'running' }, 'web:b': { state: 'running' } })
  file({ c: { command: 'exec sleep 1000' } })
  await ok(sandbox, ['up'])
  expect(await row(sandbox, 'web:c')).toMatchObject({ state: 'running' })
  expect((await ok(sandbox, ['up'])).stdout).not.toContain('start')
  await ok(sandbox, ['down'])
  await nothingLeft(sandbox)
})
