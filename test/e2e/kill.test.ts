import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, isAlive, treesOf, wrappersIn } from '../support/census.ts'
import { ok, rows } from '../support/cli.ts'
import { pick, seededRandom } from '../support/random.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

/** Kills of each command; TEAM_TEST_FULL=1 gives more than 200 together. */
const full = process.env.TEAM_TEST_FULL === '1'
const kills = full ? 70 : 9
const timeoutMs = full ? 900_000 : 90_000
const seed = Number(process.env.TEAM_TEST_SEED ?? 1)

/** Says in a file that it is about to end, for as long as it takes. */
const slow: AgentKeys = {
  command: `trap 'touch ending.$$; kill $!; sleep 0.15; rm ending.$$; exit 0' INT; sleep 1000 & wait`,
  restart: 'always',
}
const first: Readonly<Record<string, AgentKeys>> = {
  'web:same': slow,
  'web:changed': slow,
  'web:gone': polite(0.1),
  'docs:env': sleeper,
}
const second: Readonly<Record<string, AgentKeys>> = {
  'web:same': slow,
  'web:changed': { ...slow, drain: '9s' },
  'web:new': sleeper,
  'docs:env': { ...sleeper, env: { A: 'b' } },
}

/** Lines of progress that the commands print at least. */
const steps = 8

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

/**
 * Starts a command and kills it with SIGKILL: at any moment between its start and a little after its usual
 * end, or within a few ms of one of the steps that it reports.
 */
async function killed(command: string, usualMs: number, random: () => number): Promise<boolean> {
  const running = sandbox.start([command, '--progress', 'json'])
  const byTime = random() < 0.5
  const step = 1 + Math.floor(random() * steps)
  const delay = byTime ? random() * usualMs * 1.1 : random() * 12
  const kill = () => setTimeout(() => running.kill('SIGKILL'), delay)
  if (byTime) kill()
  const watch = setInterval(() => {
    if (byTime || running.stderr().split('\n').length <= step) return
    clearInterval(watch)
    kill()
  }, 1)
  const { signal } = await running.done
  clearInterval(watch)
  return signal === 'SIGKILL'
}

async function timed(command: string): Promise<number> {
  const began = performance.now()
  await ok(sandbox, [command])
  return performance.now() - began
}

/** Whatever has been asked to end has ended. */
async function quiet(): Promise<void> {
  await waitFor('agents that are ending to end', () =>
    readdirSync(sandbox.dir).every((name) => !name.startsWith('ending.') || !isAlive(Number(name.slice(7)))),
  )
}

async function expectUp(agents: Readonly<Record<string, AgentKeys>>, why: string): Promise<void> {
  await quiet()
  const ids = Object.keys(agents).sort()
  const found = await rows(sandbox)
  const seen = Object.values(found).map(({ id, state, upToDate, orphan }) => ({
    id,
    state,
    upToDate,
    orphan,
  }))
  const wanted = ids.map((id) => ({ id, state: 'running', upToDate: true, orphan: false }))
  expect(
    [...seen].sort((a, b) => (a.id < b.id ? -1 : 1)),
    why,
  ).toEqual(wanted)
  const trees = await treesOf(sandbox, ids)
  expect(trees, why).toEqual(Object.fromEntries(ids.map((id) => [id, [found[id]?.pid]])))
  expect(wrappersIn(sandbox), why).toHaveLength(ids.length)
}

async function expectDown(why: string): Promise<void> {
  expect(agentTrees(sandbox), why).toEqual({})
  expect(wrappersIn(sandbox), why).toEqual([])
  expect(sandbox.tmux('acme', ['list-sessions']), why).toBe('')
  expect(
    Object.values(await rows(sandbox)).filter(({ state }) => state !== 'stopped'),
    why,
  ).toEqual([])
}

/** Runs the next command, which has to put right whatever the killed one left, and checks that it did. */
async function repair(
  agents: Readonly<Record<string, AgentKeys>>,
  random: () => number,
  killedCommand: string,
): Promise<void> {
  const command = pick(random, ['up', 'reload', 'down'])
  const why = `${command} after a killed ${killedCommand} (seed ${seed})`
  await ok(sandbox, [command])
  if (command === 'down') return expectDown(why)
  if (command === 'up') {
    // `up` starts what is missing; what changed and what was removed is for `reload`.
    await quiet()
    const trees = await treesOf(sandbox, Object.keys(agents))
    expect(
      Object.values(trees).filter((tree) => tree.length !== 1),
      why,
    ).toEqual([])
    await ok(sandbox, ['reload'])
  }
  await expectUp(agents, why)
}

interface Scenario {
  readonly command: string
  /** Brings about what the command is to find; returns the agents that there shall be in the end. */
  readonly prepare: (round: number) => Promise<Readonly<Record<string, AgentKeys>>>
}

async function killAgainAndAgain({ command, prepare }: Scenario, offset: number): Promise<void> {
  const random = seededRandom(seed + offset)
  await prepare(0)
  const usual = await timed(command)
  let hits = 0
  for (let round = 1; hits < kills; round += 1) {
    expect(round, 'kills come too late').toBeLessThan(kills * 3)
    const agents = await prepare(round)
    if (await killed(command, usual, random)) hits += 1
    await repair(agents, random, command)
  }
  await ok(sandbox, ['down'])
}

describe(`a command that is killed with SIGKILL at any moment (${kills} times)`, {
  timeout: timeoutMs,
}, () => {
  it('up: the next command ends right', async () => {
    writeTeam(sandbox, first)
    const prepare = async () => {
      await ok(sandbox, ['down', '--now'])
      return first
    }
    await killAgainAndAgain({ command: 'up', prepare }, 0)
  })

  it('reload with a changed, a new and a removed agent: the next command ends right', async () => {
    const prepare = async (round: number) => {
      const [from, to] = round % 2 === 0 ? [first, second] : [second, first]
      writeTeam(sandbox, from)
      await ok(sandbox, ['reload'])
      writeTeam(sandbox, to)
      return to
    }
    await killAgainAndAgain({ command: 'reload', prepare }, 1)
  })

  it('down: the next command ends right', async () => {
    writeTeam(sandbox, first)
    const prepare = async () => {
      await ok(sandbox, ['up'])
      return first
    }
    await killAgainAndAgain({ command: 'down', prepare }, 2)
    expectNoStrays()
  })
})

/** No temporary file of a killed command outlives the next one for ever. */
function expectNoStrays(): void {
  const names = readdirSync(`${sandbox.dir}/.team`, { recursive: true, encoding: 'utf8' })
  const strays = names.filter((name) => /\.tmp$|^lock/.test(name))
  expect(strays).toEqual([])
}
