import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nothingLeft, ok, outcomesOf, row, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { requireManager, systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const unit = 'team-acme.web.lead.service'
const show = (property: string) => systemctl(['show', '-p', property, '--value', unit]).trim()
const killRunner = () => systemctl(['kill', '-s', 'KILL', '--kill-who=main', unit])

async function up(restart: Readonly<Record<string, unknown>>): Promise<void> {
  writeTeam(sandbox, { 'web:lead': { ...sleeper, restart } })
  await ok(sandbox, ['up'])
}

/** Kills the main process until it has been started `count` times by the manager. */
async function killedAndRestarted(count: number): Promise<void> {
  for (let restarts = 1; restarts <= count; restarts += 1) {
    killRunner()
    await waitFor(
      'the restart',
      () => show('NRestarts') === String(restarts) && show('SubState') === 'running',
    )
    await waitFor('its agent', async () => (await row(sandbox, 'web:lead')).restarts === restarts)
  }
}

describe('restarts by the manager', () => {
  it('are as many as the policy allows; up starts it again, and counts anew', async () => {
    await up({ policy: 'always', max: 2, backoff: { initial: '10ms' } })
    await killedAndRestarted(2)
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', restarts: 2 })
    killRunner()
    await waitFor('it to give up', () => show('ActiveState') === 'failed')
    expect((await row(sandbox, 'web:lead')).state).toBe('failed')
    await ok(sandbox, ['up'])
    await killedAndRestarted(2)
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('are none of those that are asked for', async () => {
    await up({ policy: 'always', max: 1, backoff: { initial: '10ms' } })
    for (let restarts = 0; restarts < 4; restarts += 1) await ok(sandbox, ['restart'])
    await killedAndRestarted(1)
  })

  it('are for a terminal that was killed, too', async () => {
    await up({ policy: 'always', backoff: { initial: '10ms' } })
    const { pid } = await row(sandbox, 'web:lead')
    const found = { team: 'acme', id: 'web:lead', unit }
    process.kill(knownPid(Number(sandbox.inPane(found, ['display-message', '-p', '#{pid}']))), 'SIGKILL')
    await waitFor('another agent', async () => {
      const now = await row(sandbox, 'web:lead')
      return now.state === 'running' && now.pid !== pid && now.restarts === 1
    })
    expect(show('NRestarts')).toBe('1')
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
    expect(show('LoadState')).toBe('not-found')
  })

  it('are none where the policy allows none', async () => {
    await up({ policy: 'always', max: 0 })
    killRunner()
    await waitFor('the unit to end', () => show('ActiveState') === 'failed')
    expect(show('NRestarts')).toBe('0')
  })

  it('wait as long as the policy says: ps tells so, and up leaves it alone', async () => {
    await up({ policy: 'on-failure', backoff: { initial: '10m', max: '10m' } })
    killRunner()
    await untilState(sandbox, 'web:lead', 'restarting')
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'restarting', pid: null })
    expect(outcomesOf(await ok(sandbox, ['up', '--json']))).toMatchObject([{ action: 'keep' }])
    const began = Date.now()
    await ok(sandbox, ['restart'])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running' })
    expect(Date.now() - began).toBeLessThan(20_000)
  })

  it('do not undo a down', async () => {
    writeTeam(sandbox, {
      'web:lead': { ...polite(), restart: { policy: 'always', backoff: { initial: '10m', max: '10m' } } },
    })
    await ok(sandbox, ['up'])
    killRunner()
    await untilState(sandbox, 'web:lead', 'restarting')
    await ok(sandbox, ['down'])
    expect((await row(sandbox, 'web:lead')).state).toBe('stopped')
    expect(show('LoadState')).toBe('not-found')
    expect(existsSync(join(requireManager().units, unit))).toBe(false)
    await nothingLeft(sandbox)
  })
})
