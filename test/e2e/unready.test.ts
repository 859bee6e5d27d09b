import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok, row } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const on = (supervisor: string, agents: readonly string[]) =>
  writeTeam(sandbox, Object.fromEntries(agents.map((id) => [id, polite()])), { supervisor })

describe('a supervisor that is not there', () => {
  // One that this machine has not, and one whose manager does not answer.
  it.each(['launchd', 'systemd'])('%s: reload ends nobody for it', async (supervisor) => {
    on('tmux', ['web:lead', 'web:gone'])
    await ok(sandbox, ['up'])
    const [lead, gone] = [await row(sandbox, 'web:lead'), await row(sandbox, 'web:gone')]
    on(supervisor, ['web:lead', 'web:new'])
    const env = { XDG_RUNTIME_DIR: sandbox.dir, DBUS_SESSION_BUS_ADDRESS: undefined, PATH: process.env.PATH }
    for (const args of [
      ['reload'],
      ['restart', 'web:lead'],
      ['up', '--force-recreate', '--remove-orphans'],
    ]) {
      const result = await sandbox.team(args, { env })
      expect(result.code, result.stderr).toBe(3)
      expect(result.stderr).not.toContain('drain')
    }
    on('tmux', ['web:lead', 'web:gone'])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid: lead.pid })
    expect(await row(sandbox, 'web:gone')).toMatchObject({ state: 'running', pid: gone.pid })
    await ok(sandbox, ['down'])
  })

  it('up does not end what it cannot start anew', async () => {
    on('tmux', ['web:lead'])
    await ok(sandbox, ['up'])
    const before = await row(sandbox, 'web:lead')
    // Its own server is not seen from there, so that it looks like the rest of a run whose terminal is gone.
    on('launchd', ['web:lead'])
    const elsewhere = join(sandbox.dir, 'elsewhere')
    mkdirSync(elsewhere)
    chmodSync(elsewhere, 0o700)
    const env = { TMUX_TMPDIR: elsewhere, PATH: process.env.PATH }
    const result = await sandbox.team(['up'], { env })
    expect(result.code, result.stderr).toBe(3)
    on('tmux', ['web:lead'])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid: before.pid })
    await ok(sandbox, ['down'])
  })
})
