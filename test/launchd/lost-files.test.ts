import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, nothingLeft, ok, outcomesOf, row, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { jobsDirectory, launchctl } from '../support/launchd.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const label = 'team.acme.web.lead'
const domain = `gui/${process.getuid?.()}`
const home = () => dirname(sandbox.dir)
const path = () => join(jobsDirectory(home()), `${label}.plist`)
const ask = (...args: readonly string[]) => launchctl(home(), args)
const isLoaded = () => ask('print', `${domain}/${label}`).status === 0

async function up(): Promise<number> {
  writeTeam(sandbox, { 'web:lead': polite() })
  await ok(sandbox, ['up'])
  return knownPid((await untilState(sandbox, 'web:lead', 'running')).pid)
}

async function drained(): Promise<void> {
  const down = await ok(sandbox, ['down', '--json'])
  expect(outcomesOf(down)).toMatchObject([
    { id: 'web:lead', ok: true, drain: { outcome: 'graceful', exitCode: 0, survivors: [] } },
  ])
  await nothingLeft(sandbox)
  expect(isLoaded()).toBe(false)
}

/** A job by the same name, whose program is another. */
function foreignJob(text: string): string {
  return text
    .replace(/<key>Team\w+<\/key>\s*<string>[^<]*<\/string>/g, '')
    .replace(/<key>TEAM_HELD<\/key>\s*<string>[^<]*<\/string>/, '')
    .replace(/<array>[\s\S]*?<\/array>/, '<array><string>/bin/sleep</string><string>1000</string></array>')
}

const losses: Readonly<Record<string, () => void>> = {
  'its file deleted': () => rmSync(path()),
  'the whole directory of jobs deleted': () => rmSync(jobsDirectory(home()), { recursive: true }),
  'its file truncated': () => writeFileSync(path(), ''),
  'its file cut in the middle': () => writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, 400)),
}

describe.each(Object.entries(losses))('a loaded job with %s', (_, lose) => {
  it('is running, and down drains it', async () => {
    const pid = await up()
    lose()
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([
      { id: 'web:lead', state: 'running', pid, supervisor: 'launchd', unit: label, upToDate: true },
    ])
    expect(shown.stderr).toMatch(/warning: web:lead runs, and the file of team\.acme\.web\.lead is gone/)
    await drained()
    expect(existsSync(path())).toBe(false)
  })

  it('gets its file back by up, and goes on', async () => {
    const pid = await up()
    const text = readFileSync(path(), 'utf8')
    lose()
    expect((await ok(sandbox, ['up', '--verbose'])).stdout).toContain('its unit file was gone')
    expect(readFileSync(path(), 'utf8')).toBe(text)
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
    await drained()
    expect(readdirSync(jobsDirectory(home()))).toEqual([])
  })
})

describe('a loaded job without its file', () => {
  it('is drained by reload where it has changed, and started anew', async () => {
    const pid = await up()
    rmSync(path())
    writeTeam(sandbox, { 'web:lead': { ...polite(), env: { A: '1' } } })
    const reload = await ok(sandbox, ['reload', '--json'])
    expect(outcomesOf(reload)).toMatchObject([{ action: 'restart', drain: { outcome: 'graceful' } }])
    const now = await row(sandbox, 'web:lead')
    expect(now).toMatchObject({ state: 'running', upToDate: true })
    expect(now.pid).not.toBe(pid)
    await drained()
  })

  it('is ended where the state directory is gone as well', async () => {
    await up()
    rmSync(path())
    renameSync(join(sandbox.dir, '.team'), join(sandbox.dir, 'lost'))
    expect(['running', 'starting']).toContain((await row(sandbox, 'web:lead')).state)
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
    expect(isLoaded()).toBe(false)
  })

  it('starts at login again, as its team wants', async () => {
    const copy = join(home(), 'Library', 'LaunchAgents', `${label}.plist`)
    writeTeam(sandbox, { 'web:lead': polite() }, { supervisor: { type: 'launchd', launchd: { boot: true } } })
    await ok(sandbox, ['up'])
    const text = readFileSync(path(), 'utf8')
    rmSync(path())
    rmSync(copy)
    await ok(sandbox, ['up'])
    expect(readFileSync(copy, 'utf8')).toBe(text)
    await drained()
    expect(existsSync(copy)).toBe(false)
  })
})

describe('a loaded job without its file, and without a way to launchd', () => {
  it('is not taken for one that has ended', async () => {
    const pid = await up()
    rmSync(path())
    const deaf = { env: { PATH: process.env.PATH } }
    for (const command of ['ps', 'up', 'down'])
      expectError(await sandbox.team([command], deaf), 3, 'cannot run launchctl')
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
    await drained()
    expect((await sandbox.team(['ps'], deaf)).code).toBe(0)
  })
})

describe('a team that is renamed while its agents run', () => {
  it('is refused, and nothing is started twice', async () => {
    const pid = await up()
    writeTeam(sandbox, { 'web:lead': polite() }, { name: 'other' })
    expectError(await sandbox.team(['up']), 2, '1 of its agents are up as acme', 'name: acme')
    writeTeam(sandbox, { 'web:lead': polite() })
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
    await drained()
  })
})

describe('what is none of ours, by the name of a job', () => {
  it('a file in place of a loaded one’s: it is left as it is, and the agent is drained', async () => {
    const pid = await up()
    const foreign = foreignJob(readFileSync(path(), 'utf8'))
    writeFileSync(path(), foreign)
    const shown = await ok(sandbox, ['ps', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject([{ state: 'running', pid }])
    await ok(sandbox, ['up'])
    expectError(await sandbox.team(['restart']), 1, "is none of team's files")
    expect((await row(sandbox, 'web:lead')).pid).toBe(pid)
    await drained()
    expect(readFileSync(path(), 'utf8')).toBe(foreign)
  })

  it('a job: it is not ended, with or without its file', async () => {
    await up()
    const foreign = foreignJob(readFileSync(path(), 'utf8'))
    await drained()
    mkdirSync(jobsDirectory(home()), { recursive: true })
    writeFileSync(path(), foreign, { mode: 0o600 })
    expect(ask('bootstrap', domain, path())).toMatchObject({ status: 0 })
    writeTeam(sandbox, { 'web:lead': sleeper })
    expectError(await sandbox.team(['up']), 1, "is none of team's files")
    await ok(sandbox, ['down'])
    rmSync(path())
    expectError(await sandbox.team(['up']), 1, "none of team's is loaded")
    expect(existsSync(path())).toBe(false)
    await ok(sandbox, ['down'])
    expect(ask('print', `${domain}/${label}`).text).toContain('state = running')
  })
})
