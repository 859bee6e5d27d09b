import { afterEach, beforeEach, expect, it } from 'vitest'
import { ok } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const lines = 20_000
const agents = ['a', 'b', 'c', 'd']

/** Prints 110 kB when it is asked to end, far more than terminals and pipes hold, and ends at once. */
const talkative = (name: string, env = {}) => ({
  command: `trap 'seq ${lines}; echo bye; exit' INT; echo ready >${name}; while :; do sleep 0.1; done`,
  env,
})

it.each(['down', 'restart', 'reload'])('%s: what an agent says last is in its log', async (command) => {
  const team = (env = {}) => Object.fromEntries(agents.map((name) => [`web:${name}`, talkative(name, env)]))
  writeTeam(sandbox, team())
  await ok(sandbox, ['up'])
  for (const name of agents)
    await waitFor('it to be ready', () => {
      try {
        return sandbox.read(name) === 'ready\n'
      } catch {
        return false
      }
    })
  if (command === 'reload') writeTeam(sandbox, team({ NEW: '1' }))
  await ok(sandbox, [command])
  for (const name of agents) {
    const printed = sandbox.read(`.team/agents/web/${name}/output.log`).split('\r\n')
    // The terminal echoes the key that it was asked with before them.
    const first = printed.findIndex((line) => line.endsWith('1'))
    expect(printed.slice(first + 1, first + lines + 1)).toEqual([
      ...Array.from({ length: lines - 1 }, (_, index) => `${index + 2}`),
      'bye',
    ])
  }
})
