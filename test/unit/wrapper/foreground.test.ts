import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  agentPid,
  createSandbox,
  events,
  journal,
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

describe.each(shells)('without an env that resets signals, under $name', (shell) => {
  it('runs the agent in the foreground and records its own pid', async () => {
    const wrapper = startWrapper(shell, sandbox, { argv: ['sleep', '1000'] }, { foreground: true })
    const pid = await agentPid(sandbox)
    process.kill(pid, 'SIGKILL')
    expect((await wrapper.exited).code).toBe(137)
    expect(readText(journal(sandbox))).toBe(`start 1 ${pid}\nexit 1 - SIGKILL\n`)
  })

  it('records exit codes, restarts and gives up', async () => {
    const restart = restartPolicy('on-failure', 2)
    const wrapper = startWrapper(
      shell,
      sandbox,
      { argv: ['sh', '-c', 'exit 7'], restart },
      { foreground: true },
    )
    expect((await wrapper.exited).code).toBe(7)
    expect(readText(journal(sandbox))).toMatch(/^start 3 \d+\nexit 3 7 -\ngave-up 3\n$/)
    expect(events(sandbox).filter(({ event }) => event === 'restarting')).toHaveLength(2)
  })

  it('does not restart after HUP', async () => {
    const restart = restartPolicy('always')
    const wrapper = startWrapper(shell, sandbox, { argv: ['sleep', '1000'], restart }, { foreground: true })
    await agentPid(sandbox)
    process.kill(-wrapper.pid, 'SIGHUP')
    expect((await wrapper.exited).code).toBe(129)
    expect(readText(journal(sandbox))).toMatch(/\nexit 1 - SIGHUP\n$/)
  })
})
