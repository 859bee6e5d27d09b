import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { timeOfBoot } from '../../../src/io/boot-time.ts'
import { waitFor } from '../../support/wait-for.ts'
import { createSandbox, events, journal, readText, type Sandbox, shells, startWrapper } from './harness.ts'

/** A day on which nothing here runs: a time of it can only be what the file told. */
const told = new Date('2001-02-03T04:05:06.007Z')
const uptime = existsSync('/proc/uptime') ? () => readFileSync('/proc/uptime', 'utf8') : null
if (uptime === null) console.warn('SKIPPED: no /proc/uptime: wrappers ask `date` for every time here')

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

describe.runIf(uptime !== null).each(shells)(
  'the time of an end that was asked for, under $name',
  (shell) => {
    async function exitTime(desired: string): Promise<Date> {
      const wrapper = startWrapper(shell, sandbox, {
        argv: ['sh', '-c', 'until [ -e go ]; do sleep 0.01; done; exit 3'],
      })
      await waitFor('its start', () => events(sandbox).some(({ event }) => event === 'started'))
      writeFileSync(join(sandbox.agentDir, 'desired'), desired)
      writeFileSync(join(sandbox.dir, 'go'), '')
      expect((await wrapper.exited).code).toBe(3)
      expect(readText(journal(sandbox))).toMatch(/^exit 1 3 -\n/m)
      const { exitedAt } = JSON.parse(readFileSync(join(sandbox.agentDir, 'exit.json'), 'utf8'))
      expect(events(sandbox).find(({ event }) => event === 'exited')?.time).toBe(exitedAt)
      return new Date(exitedAt)
    }

    it('follows from the uptime', async () => {
      const at = await exitTime(`down ${timeOfBoot(told, uptime ?? undefined)}\n`)
      const after = at.getTime() - told.getTime()
      // An uptime has hundredths of a second.
      expect(after).toBeGreaterThanOrEqual(-10)
      expect(after).toBeLessThan(10_000)
    })

    const ms = Number(uptime?.().split(' ')[0]) * 1000
    it.each([
      ['nothing', 'down\n'],
      ['half of it', 'down 2001-02-03 14706007\n'],
      ['words', 'down 2001-02-03 x y\n'],
      ['commands', 'down 2001-02-03 $(exit) 1\n'],
      ['an uptime that is still to come', `down 2001-02-03 14706007 ${Math.round(ms) + 3_600_000}\n`],
      ['an uptime of long ago', `down 2001-02-03 14706007 ${Math.max(0, Math.round(ms) - 3_600_000)}\n`],
      ['the end of another day', `down 2001-02-03 86399999 ${Math.round(ms) - 1_000}\n`],
    ])('is asked for when the file tells %s', async (_, text) => {
      const before = Date.now()
      const at = (await exitTime(text)).getTime()
      expect(at).toBeGreaterThanOrEqual(before - 10)
      expect(at).toBeLessThanOrEqual(Date.now() + 10)
    })
  },
)
