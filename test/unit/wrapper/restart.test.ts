import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createSandbox,
  events,
  groupMembers,
  journal,
  journalLine,
  readText,
  restartPolicy,
  type Sandbox,
  shells,
  startWrapper,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

const delays = () =>
  events(sandbox).flatMap(({ event, delayMs }) => (event === 'restarting' ? [delayMs] : []))
const runs = () => events(sandbox).filter(({ event }) => event === 'started').length
const setDesired = (text: string) => writeFileSync(join(sandbox.agentDir, 'desired'), text)

describe.each(shells)('restarts under $name', (shell) => {
  it.each([
    ['no', 'exit 1', 1],
    ['no', 'exit 0', 1],
    ['on-failure', 'exit 0', 1],
    ['on-failure', 'exit 1', 3],
    ['on-failure', 'kill -9 $$', 3],
    ['always', 'exit 0', 3],
    ['unless-stopped', 'exit 1', 3],
  ] as const)('policy %s, %s: %i runs with max 2', async (policy, script, expected) => {
    const wrapper = startWrapper(shell, sandbox, {
      argv: ['sh', '-c', script],
      restart: restartPolicy(policy, 2),
    })
    await wrapper.exited
    expect(runs()).toBe(expected)
  })

  it.each([false, true])('ends what its launcher has left behind (foreground: %s)', async (foreground) => {
    // The launcher dies alone; what it has started tells its pid, and would go on for long.
    const script = '[ ! -s left ] || exit 0; sleep 30 & echo $! >left; kill -9 $$'
    const wrapper = startWrapper(
      shell,
      sandbox,
      { argv: ['sh', '-c', script], restart: restartPolicy('on-failure', 1) },
      { foreground },
    )
    await journalLine(sandbox, /^start 2 /m)
    const left = Number(readText(join(sandbox.dir, 'left')))
    expect(left).toBeGreaterThan(0)
    expect(groupMembers(wrapper.pid).map(({ pid }) => pid)).not.toContain(left)
    await wrapper.exited
  })

  it('lets the pause grow by the factor up to its maximum, gives up after max and says so', async () => {
    const restart = restartPolicy('on-failure', 6, { initialMs: 4, factor: 1.5, maxMs: 20 })
    const wrapper = startWrapper(shell, sandbox, { argv: ['sh', '-c', 'exit 9'], restart })
    expect((await wrapper.exited).code).toBe(9)
    expect(delays()).toEqual([4, 6, 9, 13, 19, 20])
    expect(readText(journal(sandbox))).toMatch(/^start 7 \d+\nexit 7 9 -\ngave-up 7\n$/)
    expect(events(sandbox).at(-1)).toMatchObject({
      event: 'gave_up',
      id: 'web:lead',
      run: 7,
      code: 9,
      signal: null,
    })
    expect(wrapper.output()).toContain('team: web:lead ended (exit 9); restarting in 4ms (1 of 6)\n')
    expect(wrapper.output()).toContain(
      'team: web:lead ended 7 times in a row (last: exit 9); giving up. Start it again with: team up web:lead\n',
    )
  })

  it('says whole seconds as such and never gives up without a max', async () => {
    const restart = restartPolicy('always', null, { initialMs: 2_000, maxMs: 60_000 })
    const wrapper = startWrapper(shell, sandbox, { argv: ['sh', '-c', 'kill -9 $$'], restart })
    await journalLine(sandbox, /^backoff 1 2000$/)
    process.kill(wrapper.pid, 'SIGTERM')
    await wrapper.exited
    expect(wrapper.output()).toBe('team: web:lead ended (SIGKILL); restarting in 2s\n')
  })

  it('counts anew after a run of at least reset_after', async () => {
    // The wrapper asks twice a run; between the start and the end of the third there are two seconds.
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    const clock = `#!/bin/sh
      echo >>'${sandbox.dir}/asked'
      [ $(wc -l <'${sandbox.dir}/asked') -ge 6 ] && ms=3000 || ms=1000
      echo "2026-01-01T00:00:00.000Z $ms"`
    writeFileSync(join(bin, 'date'), clock, { mode: 0o755 })
    const restart = restartPolicy('always', 2, { initialMs: 1, resetAfterMs: 2_000 })
    const env = { PATH: `${bin}:/usr/bin:/bin` }
    await startWrapper(shell, sandbox, { argv: ['true'], restart }, { env }).exited
    expect(delays()).toEqual([1, 2, 1, 2])
    expect(runs()).toBe(5)
  })

  it.each([
    ['down', 'down\n'],
    ['nothing', ''],
    ['half a word', 'u'],
    ['no file', null],
  ])('does not restart when desired holds %s', async (_, desired) => {
    const overrides = { argv: ['sh', '-c', 'exit 4'], restart: restartPolicy('always') }
    expect((await startWrapper(shell, sandbox, overrides, { desired }).exited).code).toBe(4)
    expect(runs()).toBe(1)
    expect(readText(journal(sandbox))).toMatch(/\nexit 1 4 -\n$/)
  })

  it('reads desired again after the pause', async () => {
    const restart = restartPolicy('always', 10, { initialMs: 600_000, maxMs: 600_000 })
    const wrapper = startWrapper(shell, sandbox, { argv: ['false'], restart })
    await journalLine(sandbox, /^backoff 1 600000$/)
    setDesired('down\n')
    process.kill(wrapper.pid, 'SIGINT') // ends the pause
    expect((await wrapper.exited).code).toBe(1)
    expect(runs()).toBe(1)
  })

  it.each(['SIGTERM', 'SIGHUP'] as const)('%s during the pause ends it at once', async (signal) => {
    const restart = restartPolicy('always', 10, { initialMs: 600_000, maxMs: 600_000 })
    const wrapper = startWrapper(shell, sandbox, { argv: ['sh', '-c', 'exit 5'], restart })
    await journalLine(sandbox, /^backoff 1 600000$/)
    process.kill(wrapper.pid, signal)
    expect((await wrapper.exited).code).toBe(5)
    expect(runs()).toBe(1)
    expect(groupMembers(wrapper.pid)).toEqual([]) // its sleep went with it
  })

  it('Ctrl-C during the pause ends it, and what desired says decides', async () => {
    const restart = restartPolicy('always', 1, { initialMs: 600_000, maxMs: 600_000 })
    const wrapper = startWrapper(shell, sandbox, { argv: ['sh', '-c', 'exit 5'], restart })
    await journalLine(sandbox, /^backoff 1 600000$/)
    process.kill(-wrapper.pid, 'SIGINT')
    await wrapper.exited
    expect(runs()).toBe(2)
    expect(groupMembers(wrapper.pid)).toEqual([])
  })

  it('leaves restarts to the init system when told so', async () => {
    const env = { PATH: '/usr/bin:/bin', TEAM_NO_RESTART: '1' }
    const overrides = { argv: ['sh', '-c', 'exit 6'], restart: restartPolicy('always') }
    expect((await startWrapper(shell, sandbox, overrides, { env }).exited).code).toBe(6)
    expect(runs()).toBe(1)
  })
})
