import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentLog, fixtureAgent, untilLogged } from '../support/agent-log.ts'
import { startBystanders, watchful } from '../support/bystanders.ts'
import { isAlive, wrappersIn } from '../support/census.ts'
import { nothingLeft, ok, outcomesOf, row, rows } from '../support/cli.ts'
import { keysOf } from '../support/drain-situations.ts'
import { knownPid } from '../support/known-pid.ts'
import { underLoad } from '../support/load.ts'
import { processesOf } from '../support/process-identity.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const id = 'web:lead'
/** From the deadline: 2 s from TERM to KILL, and what that takes. */
const forcedGraceMs = () => 2_000 + underLoad(500)
const deafFlags = ['--never', '--ignore', 'HUP,INT,TERM']

function fake(flags: readonly string[], keys: AgentKeys = {}, agent = id): AgentKeys {
  return fixtureAgent(sandbox, agent, ['fakeagent.mjs', ...flags], keys)
}

async function up(agents: Readonly<Record<string, AgentKeys>>): Promise<void> {
  writeTeam(sandbox, agents)
  await ok(sandbox, ['up'])
  await untilLogged(
    sandbox,
    Object.keys(agents).filter((name) => agents[name] !== sleeper),
    'ready',
  )
}

/** `down` with `args`; its outcome for the agent, and that nothing of the sandbox is alive. */
async function down(args: readonly string[] = []) {
  const before = processesOf(sandbox)
  const [outcome] = outcomesOf(await ok(sandbox, ['down', '--json', ...args]))
  expect([...before.left(), ...processesOf(sandbox).left()]).toEqual([])
  return outcome?.drain
}

describe('the budget', () => {
  it('of the command overrides that of the agent', async () => {
    await up({ [id]: fake(deafFlags, { drain: '60s' }) })
    const drain = await down(['--drain', '500ms'])
    expect(drain).toMatchObject({ outcome: 'forced', survivors: [] })
    expect(drain?.ms).toBeGreaterThanOrEqual(500)
    expect(drain?.ms).toBeLessThan(500 + forcedGraceMs())
    // Once at the start, and once more at half of it.
    expect(keysOf(agentLog(sandbox, id))).toEqual(['C-c', 'C-c'])
  })

  it('of the command may be longer than that of the agent', async () => {
    await up({ [id]: fake(['--exit-after-ms', '1500', '--exit-code', '7'], { drain: '300ms' }) })
    expect(await down(['--drain', '60s'])).toMatchObject({ outcome: 'graceful', exitCode: 7 })
  })

  it('is skipped by --now: no key, no pause', async () => {
    await up({ [id]: fake(deafFlags, { drain: '60s' }) })
    const drain = await down(['--now'])
    expect(drain).toMatchObject({ outcome: 'forced' })
    expect(drain?.ms).toBeLessThan(forcedGraceMs())
    expect(keysOf(agentLog(sandbox, id))).toEqual([])
  })

  it('is that of the file which the agent was started from, and so are the steps', async () => {
    const flags = ['--exit-on', '2', '--window', '5000', '--exit-code', '7']
    const started = { drain: { timeout: '30s', steps: ['C-c', '100ms', 'C-c'] } }
    await up({ [id]: fake(flags, started) })
    writeTeam(sandbox, { [id]: fake(flags, { drain: { timeout: '100ms', steps: ['Escape'] } }) })
    expect(await down()).toMatchObject({ outcome: 'graceful', exitCode: 7 })
    expect(keysOf(agentLog(sandbox, id))).toEqual(['C-c', 'C-c'])
  })
})

describe('the terminal', () => {
  it('stays until the agent has ended: one that is forced can still restore it', async () => {
    // Without a terminal to restore, node aborts: SIGABRT, and a core dump.
    await up({ [id]: fake(['--never'], { drain: '200ms' }) })
    expect(await down()).toMatchObject({ outcome: 'forced' })
    const exit = JSON.parse(readFileSync(join(sandbox.dir, '.team/agents/web/lead/exit.json'), 'utf8'))
    expect(['SIGHUP', 'SIGTERM']).toContain(exit.signal)
  })

  it('of an interactive shell: it is hung up, and ends without being killed', async () => {
    writeTeam(sandbox, {
      [id]: { command: ['bash', '--norc', '-i'], env: { PS1: 'ready>' }, drain: '200ms' },
    })
    await ok(sandbox, ['up'])
    await waitFor('the prompt', async () => (await ok(sandbox, ['capture', id])).stdout.includes('ready>'))
    const drain = await down()
    expect(drain).toMatchObject({ outcome: 'forced' })
    expect(drain?.ms).toBeLessThan(200 + 2_000)
  })
})

describe('several commands at once', () => {
  it('two down: one drains, the other waits, and finds nothing to do', async () => {
    await up({ [id]: fake(['--exit-after-ms', '700']) })
    const results = await Promise.all([1, 2].map(() => sandbox.team(['down', '--json'])))
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    const outcomes = results.map((result) => outcomesOf(result)[0]?.drain?.outcome ?? 'nothing')
    expect(outcomes.sort()).toEqual(['graceful', 'nothing'])
    expect(keysOf(agentLog(sandbox, id))).toEqual(['C-c'])
    await nothingLeft(sandbox)
  })

  it('down while up is at work: down comes second, and nothing is left', async () => {
    const names = Array.from({ length: 15 }, (_, index) => `web:a${index}`)
    writeTeam(sandbox, Object.fromEntries(names.map((name) => [name, fake(['--exit-code', '0'], {}, name)])))
    const starting = sandbox.start(['up', '--progress', 'json'])
    await waitFor('up to be at work', () => starting.stderr().includes('"starting"'))
    const ending = sandbox.team(['down', '--json'])
    expect((await starting.done).code).toBe(0)
    const result = await ending
    expect(result.code, result.stderr).toBe(0)
    expect(outcomesOf(result).map(({ drain }) => drain?.outcome)).toEqual(names.map(() => 'graceful'))
    await nothingLeft(sandbox)
  })

  it('down of one agent, then of all while that one is still ending', async () => {
    await up({ [id]: fake(['--exit-after-ms', '700']), 'web:other': sleeper })
    const first = sandbox.start(['down', id, '--progress', 'json'])
    await waitFor('the drain', () => first.stderr().includes('"draining"'))
    await ok(sandbox, ['down'])
    expect((await first.done).code).toBe(0)
    expect(keysOf(agentLog(sandbox, id))).toEqual(['C-c'])
    await nothingLeft(sandbox)
  })
})

describe('a wrapper that is killed during a drain', () => {
  async function killDuringDrain(flags: readonly string[], drain: string) {
    await up({ [id]: fake(flags, { drain, restart: 'always' }) })
    const before = processesOf(sandbox)
    const running = sandbox.start(['down', '--json'])
    await untilLogged(sandbox, [id], 'key')
    const [wrapper] = wrappersIn(sandbox)
    process.kill(knownPid(wrapper), 'SIGKILL')
    const result = await running.done
    expect(result.code, result.stderr).toBe(0)
    expect([...before.left(), ...processesOf(sandbox).left()]).toEqual([])
    expect(agentLog(sandbox, id).filter(({ event }) => event === 'start')).toHaveLength(1)
    return outcomesOf(result)[0]?.drain
  }

  it('an agent that goes on ending as it was asked to is let end', async () => {
    const drain = await killDuringDrain(['--exit-after-ms', '1200', '--ignore', 'HUP,INT'], '30s')
    expect(drain).toMatchObject({ outcome: 'graceful', exitCode: null })
    expect(agentLog(sandbox, id).at(-1)).toMatchObject({ event: 'exit' })
    expect(agentLog(sandbox, id).some(({ signal }) => signal === 'SIGTERM')).toBe(false)
  })

  it('one that does not is forced at the deadline', async () => {
    const drain = await killDuringDrain(deafFlags, '1s')
    expect(drain).toMatchObject({ outcome: 'forced', exitCode: null })
    expect(drain?.ms).toBeLessThan(1_000 + forcedGraceMs())
  })

  it('before the drain: its agent, which has no terminal any more, is forced', async () => {
    await up({ [id]: fake(deafFlags, { drain: '60s' }) })
    const [wrapper] = wrappersIn(sandbox)
    process.kill(knownPid(wrapper), 'SIGKILL')
    await waitFor('the agent to be left alone', async () => {
      const { state, activityDetail } = await row(sandbox, id)
      // Under a manager of units it ends with its wrapper.
      return state === 'failed' || activityDetail?.startsWith('its wrapper is gone')
    })
    expect(await down()).toMatchObject({ outcome: 'forced', exitCode: null })
  })
})

it.each(['down', 'up'])(
  '%s ends what an agent that was killed has left, marked as its own or not',
  async (command) => {
    const left = `trap '' TERM HUP INT; echo $$ >left; while :; do sleep 0.1; done`
    writeTeam(sandbox, {
      [id]: { command: `env -u TEAM_UNIT sh -c "${left.replaceAll('$', '\\$')}" & exec sleep 1000` },
    })
    await ok(sandbox, ['up'])
    const pid = await waitFor(
      'what is to be left',
      () => existsSync(join(sandbox.dir, 'left')) && sandbox.read('left').trim(),
    )
    process.kill(knownPid((await row(sandbox, id)).pid), 'SIGKILL')
    await waitFor('the exit', async () => (await row(sandbox, id)).state === 'failed')
    expect(isAlive(Number(pid))).toBe(true)
    await ok(sandbox, [command])
    expect(isAlive(Number(pid))).toBe(false)
  },
)

describe('processes that are none of the team’s', () => {
  it('a program that was handed the text of a log writer is left alone', async () => {
    await up({ [id]: fake([]) })
    const agentDir = join(sandbox.dir, '.team/agents/web/lead')
    const text = `set -- '${agentDir}'; . '${join(sandbox.dir, '.team/agent-logger.sh')}'`
    const bystanders = await startBystanders([
      { file: 'fakeagent.mjs', args: [...watchful, text], cwd: sandbox.dir, env: {} },
    ])
    try {
      await ok(sandbox, ['down'])
      expect(bystanders.harm()).toEqual([])
    } finally {
      bystanders.dispose()
    }
  })

  it('what a person has opened beside the agent, in its window or its session, keeps running until down', async () => {
    await up({ [id]: fake([]), 'web:other': sleeper })
    const { unit } = await row(sandbox, id)
    sandbox.tmux('acme', ['split-window', '-d', '-t', `=${unit}:`, 'sleep 2001'])
    sandbox.tmux('acme', ['new-session', '-d', '-s', 'mine', 'sleep 2002'])
    const pane = (text: string): number => {
      const lines = sandbox.tmux('acme', ['list-panes', '-a', '-F', '#{pane_pid} #{pane_start_command}'])
      return Number(
        lines
          .split('\n')
          .find((line) => line.includes(text))
          ?.split(' ')[0],
      )
    }
    const [beside, mine] = [pane('2001'), pane('2002')]
    await ok(sandbox, ['restart', 'web:other'])
    expect([isAlive(beside), isAlive(mine)]).toEqual([true, true])
    await ok(sandbox, ['down'])
    // A session without our labels is not ours to remove, nor is the server that holds it.
    expect(isAlive(mine)).toBe(true)
    expect(Object.values(await rows(sandbox)).map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })
})
