import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  agentPid,
  createSandbox,
  groupMembers,
  journal,
  readText,
  restartPolicy,
  type Sandbox,
  shells,
  startWrapper,
  until,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

describe.each(shells)('a terminal that goes away, under $name', (shell) => {
  it.each([
    ['that obeys HUP', ':', 'SIGHUP'],
    ['that ignores HUP, by TERM,', "trap '' HUP", 'SIGTERM'],
    ['that ignores HUP and TERM, by KILL,', "trap '' HUP TERM", 'SIGKILL'],
  ])('ends an agent %s and does not restart it', async (_, traps, signal) => {
    const argv = ['sh', '-c', `${traps}; : >ready; while :; do sleep 0.1; done`]
    const wrapper = startWrapper(shell, sandbox, { argv, restart: restartPolicy('always') })
    const pid = await agentPid(sandbox)
    const ready = join(sandbox.dir, 'ready')
    await until(ready, () => (existsSync(ready) ? true : undefined))
    process.kill(-wrapper.pid, 'SIGHUP') // as the kernel tells the session leader and its foreground group
    await wrapper.exited
    expect(readText(journal(sandbox))).toBe(`start 1 ${pid}\nexit 1 - ${signal}\n`)
    // What sleeps 0.1 s for the agent may be left for that long; the agent, the wrapper and its timer are gone.
    expect(groupMembers(wrapper.pid).filter(({ command }) => command !== 'sleep 0.1')).toEqual([])
  })
})
