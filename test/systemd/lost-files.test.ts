import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive } from '../support/census.ts'
import { expectError, nothingLeft, ok, outcomesOf, row, rows, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { requireManager, systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => {
  systemctl(['kill', '-s', 'KILL', unit])
  systemctl(['stop', unit])
  systemctl(['reset-failed', unit])
  rmSync(`${path()}.d`, { recursive: true, force: true })
  rmSync(path(), { force: true })
  systemctl(['daemon-reload'])
  sandbox.dispose()
})

const unit = 'team-acme.web.lead.service'
const path = () => join(requireManager().units, unit)
const show = (property: string, name = unit) => systemctl(['show', '-p', property, '--value', name]).trim()
const reloaded = () => systemctl(['daemon-reload'])

async function up(keys: Readonly<Record<string, unknown>> = polite()): Promise<number> {
  writeTeam(sandbox, { 'web:lead': keys })
  await ok(sandbox, ['up'])
  return knownPid((await untilState(sandbox, 'web:lead', 'running')).pid)
}

/** Drained as configured, and nothing of it is left. */
async function drained(): Promise<void> {
  const down = await ok(sandbox, ['down', '--json'])
  expect(outcomesOf(down)).toMatchObject([
    { id: 'web:lead', ok: true, drain: { outcome: 'graceful', exitCode: 0, survivors: [] } },
  ])
  await nothingLeft(sandbox)
  expect(show('ActiveState')).toBe('inactive')
}

const foreign = '[Service]\nExecStart=/bin/sleep 1000\n'

/** What may become of the file of a unit that runs. */
const losses: Readonly<Record<string, () => void>> = {
  'its file deleted': () => rmSync(path()),
  'its file deleted, and the manager told': () => {
    rmSync(path())
    reloaded()
  },
  'the whole directory of units deleted': () => {
    rmSync(requireManager().units, { recursive: true })
    reloaded()
  },
  'its file truncated': () => writeFileSync(path(), ''),
  'its file truncated, and the manager told': () => {
    writeFileSync(path(), '')
    reloaded()
  },
  'its file cut in the middle': () => {
    writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, 300))
    reloaded()
  },
  'its file cut in its labels': () => {
    const text = readFileSync(path(), 'utf8')
    writeFileSync(path(), text.slice(0, text.indexOf('Labels=') + 40))
    reloaded()
  },
  'its file deleted, and a drop-in of it left': () => {
    mkdirSync(`${path()}.d`)
    writeFileSync(`${path()}.d/override.conf`, '[Service]\nNice=1\n')
    reloaded()
    rmSync(path())
    reloaded()
  },
}

describe.each(Object.entries(losses))('a running unit with %s', (_, lose) => {
  it('is running, and down drains it', async () => {
    const pid = await up()
    lose()
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([
      { id: 'web:lead', state: 'running', pid, supervisor: 'systemd', unit, upToDate: true },
    ])
    expect(shown.stderr).toMatch(
      /warning: web:lead runs, and the file of team-acme\.web\.lead\.service is gone/,
    )
    await drained()
    expect(existsSync(path())).toBe(false)
  })

  it('gets its file back by up, and goes on', async () => {
    const pid = await up()
    const text = readFileSync(path(), 'utf8')
    lose()
    expect((await ok(sandbox, ['up', '--verbose'])).stdout).toContain('its unit file was gone')
    expect(readFileSync(path(), 'utf8')).toBe(text)
    expect(show('NeedDaemonReload')).toBe('no')
    expect(show('KillMode')).toBe('mixed')
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'running', pid }])
    expect(shown.stderr).toBe('')
    await drained()
    expect(existsSync(path())).toBe(false)
  })
})

describe('a running unit without its file', () => {
  it('is drained by reload where it has changed, and started anew', async () => {
    const pid = await up()
    rmSync(path())
    reloaded()
    writeTeam(sandbox, { 'web:lead': { ...polite(), env: { A: '1' } } })
    const reload = await ok(sandbox, ['reload', '--json'])
    expect(outcomesOf(reload)).toMatchObject([{ action: 'restart', drain: { outcome: 'graceful' } }])
    const now = await row(sandbox, 'web:lead')
    expect(now).toMatchObject({ state: 'running', upToDate: true })
    expect(now.pid).not.toBe(pid)
    await drained()
  })

  it('is left alone by up where it has changed, and gets the file that it was started from', async () => {
    const pid = await up()
    const text = readFileSync(path(), 'utf8')
    rmSync(path())
    writeTeam(sandbox, { 'web:lead': { ...polite(), env: { A: '1' }, drain: '3s' } })
    await ok(sandbox, ['up'])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid, upToDate: false })
    expect(readFileSync(path(), 'utf8')).toBe(text)
    await drained()
  })

  it('is drained where the state directory is gone as well', async () => {
    const pid = await up()
    rmSync(path())
    reloaded()
    renameSync(join(sandbox.dir, '.team'), join(sandbox.dir, 'lost'))
    const seen = await row(sandbox, 'web:lead')
    expect(['running', 'starting']).toContain(seen.state)
    expect(isAlive(pid)).toBe(true)
    const down = await ok(sandbox, ['down', '--json'])
    // Nobody could write down how it ended.
    expect(outcomesOf(down)).toMatchObject([{ ok: true, drain: { outcome: 'graceful', survivors: [] } }])
    await nothingLeft(sandbox)
    expect(show('ActiveState')).toBe('inactive')
  })

  it('gets it back by up where the state directory is gone as well', async () => {
    const pid = await up()
    const text = readFileSync(path(), 'utf8')
    rmSync(path())
    reloaded()
    renameSync(join(sandbox.dir, '.team'), join(sandbox.dir, 'lost'))
    await ok(sandbox, ['up'])
    expect(readFileSync(path(), 'utf8')).toBe(text)
    expect(isAlive(pid)).toBe(true)
    await drained()
  })

  it('that was started by a version that did not say what it is: it is neither ended nor started again', async () => {
    const pid = await up()
    const text = readFileSync(path(), 'utf8')
    await ok(sandbox, ['down'])
    writeTeam(sandbox, { 'web:lead': polite() })
    await ok(sandbox, ['up'])
    systemctl(['stop', unit])
    writeFileSync(path(), text.replace(/ "TEAM_HELD=[^"]*"/, ''))
    reloaded()
    systemctl(['start', unit])
    const again = await untilState(sandbox, 'web:lead', 'running')
    expect(again.pid).not.toBe(pid)
    rmSync(path())
    reloaded()
    expect((await row(sandbox, 'web:lead')).state).toBe('unknown')
    for (const command of ['up', 'down'])
      expectError(await sandbox.team([command]), 1, `systemctl --user stop ${unit}`)
    expect(isAlive(knownPid(again.pid))).toBe(true)
  })

  it('is an orphan like any other', async () => {
    const pid = await up()
    rmSync(path())
    reloaded()
    writeTeam(sandbox, { 'web:other': polite() })
    expect(await rows(sandbox)).toMatchObject({
      'web:lead': { state: 'running', pid, orphan: true },
      'web:other': { state: 'stopped' },
    })
    const down = await ok(sandbox, ['down', '--json'])
    expect(outcomesOf(down)).toMatchObject([{ id: 'web:lead', drain: { outcome: 'graceful' } }])
    await nothingLeft(sandbox)
  })

  it('is moved by reload', async () => {
    await up()
    rmSync(path())
    reloaded()
    writeTeam(sandbox, { 'web:lead': polite() }, { supervisor: 'tmux' })
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', supervisor: 'systemd' })
    const reload = await ok(sandbox, ['reload', '--json'])
    expect(outcomesOf(reload)).toMatchObject([{ action: 'restart', drain: { outcome: 'graceful' } }])
    expect(show('ActiveState')).toBe('inactive')
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('is in the list of teams', async () => {
    await up()
    rmSync(path())
    expect(JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)).toMatchObject([
      { name: 'acme', file: join(sandbox.dir, 'team.yaml'), agents: { running: 1 } },
    ])
    await drained()
  })

  it('is attached to, and typed into', async () => {
    await up({ command: 'cat' })
    rmSync(path())
    reloaded()
    await ok(sandbox, ['keys', 'web:lead', 'x', 'y', 'Enter'])
    await waitFor('the echo', async () =>
      (await ok(sandbox, ['capture', 'web:lead'])).stdout.includes('xy\nxy'),
    )
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('starts at boot again, as its team wants', async () => {
    writeTeam(sandbox, { 'web:lead': polite() }, { supervisor: { type: 'systemd', systemd: { boot: true } } })
    await ok(sandbox, ['up'])
    rmSync(requireManager().units, { recursive: true })
    reloaded()
    await ok(sandbox, ['up'])
    expect(show('UnitFileState')).toBe('enabled')
    rmSync(path())
    await drained()
    expect(readdirSync(join(requireManager().units, 'default.target.wants'))).toEqual([])
  })
})

describe('a running unit without its file, and without a way to the manager', () => {
  it('is not taken for one that has ended', async () => {
    const pid = await up()
    rmSync(path())
    const deaf = { env: { XDG_RUNTIME_DIR: sandbox.dir, DBUS_SESSION_BUS_ADDRESS: undefined } }
    for (const command of ['ps', 'up', 'down'])
      expectError(await sandbox.team([command], deaf), 3, 'no user manager answers')
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
    await drained()
  })
})

describe('a file that is none of ours, by the name of a unit', () => {
  it('in place of a running one’s: it is left as it is, and the agent is drained', async () => {
    const pid = await up()
    writeFileSync(path(), foreign)
    reloaded()
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'running', pid }])
    expect(shown.stderr).toContain('none of team’s')
    await ok(sandbox, ['up'])
    expect((await row(sandbox, 'web:lead')).pid).toBe(pid)
    expectError(await sandbox.team(['restart']), 1, "is none of team's files")
    expect((await row(sandbox, 'web:lead')).pid).toBe(pid)
    await drained()
    expect(readFileSync(path(), 'utf8')).toBe(foreign)
  })

  it('is not written over by up, and its unit is not ended', async () => {
    mkdirSync(requireManager().units, { recursive: true })
    writeFileSync(path(), foreign)
    reloaded()
    systemctl(['start', unit])
    writeTeam(sandbox, { 'web:lead': sleeper })
    expectError(await sandbox.team(['up']), 1, "is none of team's files")
    await ok(sandbox, ['down'])
    expect(show('ActiveState')).toBe('active')
    expect(readFileSync(path(), 'utf8')).toBe(foreign)
    rmSync(path())
    reloaded()
    expectError(await sandbox.team(['up']), 1, "none of team's is up")
    expect((await row(sandbox, 'web:lead')).state).toBe('stopped')
    await ok(sandbox, ['down'])
    expect(show('ActiveState')).toBe('active')
  })
})

describe('a unit that is masked', () => {
  it('while it runs: it is drained, and the mask stays', async () => {
    const pid = await up()
    rmSync(path())
    systemctl(['mask', unit])
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'running', pid }])
    expect(shown.stderr).toContain('is masked')
    await ok(sandbox, ['up'])
    expectError(await sandbox.team(['restart']), 1, `systemctl --user unmask ${unit}`)
    expect((await row(sandbox, 'web:lead')).pid).toBe(pid)
    await drained()
    expectError(await sandbox.team(['up']), 1, `systemctl --user unmask ${unit}`)
    expect(show('LoadState')).toBe('masked')
  })
})

describe('a unit with what its user has added', () => {
  it('a drop-in: it is drained, and the drop-in stays', async () => {
    await up()
    mkdirSync(`${path()}.d`)
    writeFileSync(`${path()}.d/override.conf`, '[Service]\nNice=1\n')
    reloaded()
    expect((await ok(sandbox, ['ps', '--json'])).stderr).toBe('')
    await drained()
    expect(existsSync(path())).toBe(false)
    expect(existsSync(`${path()}.d/override.conf`)).toBe(true)
  })

  it('systemctl disable: up enables it again where the file wants that, and the agent goes on', async () => {
    const boot = { supervisor: { type: 'systemd', systemd: { boot: true } } }
    writeTeam(sandbox, { 'web:lead': polite() }, boot)
    await ok(sandbox, ['up'])
    const { pid } = await row(sandbox, 'web:lead')
    systemctl(['disable', unit])
    await ok(sandbox, ['up'])
    expect(show('UnitFileState')).toBe('enabled')
    expect((await row(sandbox, 'web:lead')).pid).toBe(pid)
    await drained()
  })
})

describe('the state directory', () => {
  it('lost while the unit runs: it is drained, and nothing is left', async () => {
    const pid = await up()
    renameSync(join(sandbox.dir, '.team'), join(sandbox.dir, 'lost'))
    expect(['running', 'starting']).toContain((await row(sandbox, 'web:lead')).state)
    await ok(sandbox, ['up'])
    expect(isAlive(pid)).toBe(true)
    await drained()
    expect(existsSync(path())).toBe(false)
  })
})

describe('a team that is renamed while its agents run', () => {
  it.each(['with their files', 'without their files'])(
    'is refused, and nothing is started twice: %s',
    async (how) => {
      const pid = await up()
      if (how === 'without their files') rmSync(path())
      writeTeam(sandbox, { 'web:lead': polite() }, { name: 'other' })
      expectError(await sandbox.team(['up']), 2, '1 of its agents are up as acme', 'name: acme')
      writeTeam(sandbox, { 'web:lead': polite() })
      expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
      await drained()
      writeTeam(sandbox, { 'web:lead': polite() }, { name: 'other' })
      await ok(sandbox, ['up'])
      await ok(sandbox, ['down'])
      await nothingLeft(sandbox)
    },
  )
})

describe('another team', () => {
  it('whose name begins alike has its units to itself', async () => {
    await up()
    const other = createSandbox()
    try {
      writeTeam(other, { 'web:lead': polite() }, { name: 'acme-2' })
      await ok(other, ['up'])
      const { pid } = await row(other, 'web:lead')
      rmSync(join(requireManager().units, 'team-acme-2.web.lead.service'))
      rmSync(path())
      reloaded()
      await drained()
      expect(await row(other, 'web:lead')).toMatchObject({ state: 'running', pid })
      await ok(other, ['down'])
      await nothingLeft(other)
    } finally {
      other.dispose()
    }
  })
})
