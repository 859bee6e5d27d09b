import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  agentPid,
  createSandbox,
  groupMembers,
  journal,
  readText,
  restartPolicy,
  shells,
  startWrapper,
  until,
} from './harness.ts'

describe.concurrent.each(shells)('a terminal that goes away, under $name', (shell) => {
  it.each([
    ['that obeys HUP', ':', 'SIGHUP'],
    ['that ignores HUP, by TERM,', "trap '' HUP", 'SIGTERM'],
    ['that ignores HUP and TERM, by KILL,', "trap '' HUP TERM", 'SIGKILL'],
  ])('ends an agent %s and does not restart it', async (_, traps, signal) => {
    const sandbox = createSandbox()
    try {
      const argv = ['sh', '-c', `${traps}; : >ready; while :; do sleep 0.1; done`]
      const wrapper = startWrapper(shell, sandbox, { argv, restart: restartPolicy('always') })
      const pid = await agentPid(sandbox)
      const ready = join(sandbox.dir, 'ready')
      await until(ready, () => (existsSync(ready) ? true : undefined))
      process.kill(-wrapper.pid, 'SIGHUP') // as the kernel tells the session leader and its foreground group
      await wrapper.exited
      // bash loses the status of a child that ends while a trap interrupts its wait.
      const lost = !shell.exact && signal === 'SIGHUP' ? '|- -' : ''
      expect(readText(journal(sandbox))).toMatch(
        new RegExp(`^start 1 ${pid}\nexit 1 (- ${signal}${lost})\n$`),
      )
      // What sleeps 0.1 s for the agent may be left for that long; the agent, the wrapper and its timer are gone.
      expect(groupMembers(wrapper.pid).filter(({ command }) => command !== 'sleep 0.1')).toEqual([])
    } finally {
      sandbox.remove()
    }
  })
})
