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
const said = `${Array.from({ length: lines - 1 }, (_, index) => `${index + 2}`).join('')}bye`
/** What the terminal itself can hold: tmux drops it when it is told of the end while the kernel moves it on. */
const mayMiss = 16 * 1024
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
    // The terminal echoes the key that it was asked with before them. Under an init the start of the next run may end a
    // line that the log writer has not finished.
    const printed = sandbox.read(`.team/agents/web/${name}/output.log`).replaceAll(/[\r\n]+/g, '')
    const [, seen = ''] = printed.split(`1${said.slice(0, 20)}`)
    const missing = said.length - 20 - commonStart(seen, said.slice(20))
    expect(missing, name).toBeLessThan(mayMiss)
  }
})

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < b.length && a[length] === b[length]) length += 1
  return length
}
