import { expect, it } from 'vitest'
import type { Exec } from '../../../src/io/exec.ts'
import { createSystemctl } from '../../../src/supervisor/systemd/systemctl.ts'

const saying =
  (stderr: string): Exec =>
  async () => ({ code: 1, stdout: '', stderr, timedOut: false, startError: null })

it.each([
  'Failed to connect to bus: No medium found',
  // Since 257.
  'Failed to connect to user scope bus via local transport: $DBUS_SESSION_BUS_ADDRESS and $XDG_RUNTIME_DIR not defined',
])('a manager that cannot be reached is told, in the words of every version: %s', async (line) => {
  const systemctl = createSystemctl({ exec: saying(`${line}\n`), env: { XDG_RUNTIME_DIR: '/run/user/1' } })
  await expect(systemctl.call(['show'])).rejects.toMatchObject({
    code: 'systemd-unreachable',
    message: 'no user manager answers in /run/user/1',
  })
})

it('what else went wrong is left to whoever asked', async () => {
  const systemctl = createSystemctl({ exec: saying('Unit x.service not loaded.\n'), env: {} })
  expect(await systemctl.call(['stop'])).toEqual({
    ok: false,
    stdout: '',
    errors: ['Unit x.service not loaded.'],
  })
})
