import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nothingLeft, ok, outcomesOf, row, rows, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { jobsDirectory, launchctl } from '../support/launchd.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const label = 'team.acme.web.lead'
const domain = `gui/${process.getuid?.()}`
const home = () => dirname(sandbox.dir)
const ask = (...args: readonly string[]) => launchctl(home(), args)
const jobPid = () => Number(/^\tpid = (\d+)$/m.exec(ask('print', `${domain}/${label}`).text)?.[1] ?? 0)
const isLoaded = () => ask('print', `${domain}/${label}`).status === 0
const parentOf = (pid: number) =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

async function up(keys = sleeper): Promise<{ agent: number; runner: number; server: number }> {
  writeTeam(sandbox, { 'web:lead': keys })
  await ok(sandbox, ['up'])
  const { pid } = await row(sandbox, 'web:lead')
  const found = { team: 'acme', id: 'web:lead', unit: label }
  const server = Number(sandbox.inPane(found, ['display-message', '-p', '#{pid}']).trim())
  return { agent: knownPid(pid), runner: knownPid(jobPid()), server }
}

/** The next command brings it back, once. */
async function repaired(): Promise<void> {
  await ok(sandbox, ['up'])
  await untilState(sandbox, 'web:lead', 'running')
  await gone()
}

async function gone(): Promise<void> {
  const down = await ok(sandbox, ['down', '--json'])
  expect(outcomesOf(down)).toMatchObject([{ ok: true, drain: { survivors: [] } }])
  await nothingLeft(sandbox)
  expect(readdirSync(jobsDirectory(home()))).toEqual([])
  expect(isLoaded()).toBe(false)
}

const another = (agent: number) =>
  waitFor('another agent', async () => {
    const now = await row(sandbox, 'web:lead')
    return now.state === 'running' && now.pid !== agent
  })

describe('a job of which something is killed', () => {
  it('the agent: its exit is told, and up starts it again', async () => {
    const { agent } = await up()
    process.kill(agent, 'SIGKILL')
    expect(await untilState(sandbox, 'web:lead', 'failed')).toMatchObject({ exitSignal: 'SIGKILL' })
    await waitFor('the job to end', () => jobPid() === 0)
    await repaired()
  })

  it('the runner: the agent goes on, and can be drained', async () => {
    const { runner, agent } = await up(polite())
    process.kill(runner, 'SIGKILL')
    await waitFor('the job to end', () => jobPid() === 0)
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid: agent })
    const down = await ok(sandbox, ['down', '--json'])
    expect(outcomesOf(down)).toMatchObject([{ drain: { outcome: 'graceful', exitCode: 0 } }])
    await nothingLeft(sandbox)
  })

  it('the tmux server: the agent is ended, and up starts it again', async () => {
    const { server } = await up()
    process.kill(server, 'SIGKILL')
    await untilState(sandbox, 'web:lead', 'failed')
    await waitFor('the job to end', () => jobPid() === 0)
    await repaired()
  })

  it('the runner of an agent that is restarted: launchd starts it again, once', async () => {
    const { runner, agent } = await up({ ...sleeper, restart: 'always' })
    process.kill(runner, 'SIGKILL')
    await another(agent)
    expect(existsSync(`/proc/${agent}`)).toBe(false)
    await gone()
  })

  it('the wrapper of an agent that is restarted: launchd starts it again', async () => {
    const { agent } = await up({ ...sleeper, restart: 'always' })
    process.kill(knownPid(parentOf(agent)), 'SIGKILL')
    await another(agent)
    await gone()
  })

  it('the terminal of an agent that is restarted: launchd starts it again', async () => {
    const { agent, server } = await up({ ...sleeper, restart: 'always' })
    process.kill(server, 'SIGKILL')
    await another(agent)
    expect(existsSync(`/proc/${agent}`)).toBe(false)
    await gone()
  })

  it('the wrapper, of an agent that stays: it is not started a second time', async () => {
    const command = "trap '' HUP; while :; do sleep 0.1; done"
    const { agent, runner } = await up({ command, restart: 'always', drain: '1s' })
    process.kill(knownPid(parentOf(agent)), 'SIGKILL')
    await waitFor('the runner to end', () => !existsSync(`/proc/${runner}`))
    expect(existsSync(`/proc/${agent}`)).toBe(true)
    expect(jobPid()).toBe(0)
    await repaired()
    expect(existsSync(`/proc/${agent}`)).toBe(false)
  })
})

describe('launchd', () => {
  it('is told to remove the job: the agent is asked to end, and is not restarted', async () => {
    await up({ ...polite(), restart: 'always' })
    expect(ask('bootout', `${domain}/${label}`).status).toSatisfy((code) => code === 0 || code === 36)
    await waitFor('the job to be gone', () => !isLoaded())
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'exited', exitCode: 0 })
    await repaired()
  })

  it('is told to remove a job whose agent ignores it: killed when its time is over', async () => {
    await up({ command: "trap '' HUP INT TERM; while :; do sleep 0.1; done", drain: '500ms' })
    ask('bootout', `${domain}/${label}`)
    await waitFor('the job to be gone', () => !isLoaded())
    expect((await row(sandbox, 'web:lead')).state).toBe('failed')
    await repaired()
  })

  it('is told to start the job anew: another agent, and nothing left of the first', async () => {
    const { agent } = await up()
    expect(ask('kickstart', '-k', `${domain}/${label}`).status).toBe(0)
    await another(agent)
    expect(existsSync(`/proc/${agent}`)).toBe(false)
    await gone()
  })

  it('has disabled the job: said, with what to do', async () => {
    ask('disable', `${domain}/${label}`)
    writeTeam(sandbox, { 'web:lead': { command: ['sleep', '1000'] } })
    const result = await sandbox.team(['up'])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('Service is disabled')
    expect(result.stderr).toContain(`launchctl enable ${domain}/${label}`)
  })

  it('has jobs of others: they are left alone', async () => {
    const other = 'team.acme.web.other'
    const path = join(jobsDirectory(home()), `${other}.plist`)
    await up()
    const text = readFileSync(join(jobsDirectory(home()), `${label}.plist`), 'utf8')
    const foreign = text
      .replaceAll(label, other)
      .replace(/<key>TeamLabels<\/key>\s*<string>[^<]*<\/string>/, '')
      .replace(/<array>[\s\S]*?<\/array>/, '<array><string>/bin/sleep</string><string>1000</string></array>')
    writeFileSync(path, text === foreign ? '' : foreign, { mode: 0o600 })
    expect(ask('bootstrap', domain, path)).toMatchObject({ status: 0 })
    expect(Object.keys(await rows(sandbox))).toEqual(['web:lead'])
    await ok(sandbox, ['down'])
    expect(ask('print', `${domain}/${other}`).text).toContain('state = running')
    expect(existsSync(path)).toBe(true)
  })
})

describe('jobs', () => {
  it('lie where launchd finds them at login, where the file says so, and no longer when it does not', async () => {
    const copy = join(home(), 'Library', 'LaunchAgents', `${label}.plist`)
    const boot = (on: boolean) =>
      writeTeam(sandbox, { 'web:lead': sleeper }, { supervisor: { type: 'launchd', launchd: { boot: on } } })
    boot(true)
    await ok(sandbox, ['up'])
    expect(readFileSync(copy, 'utf8')).toBe(
      readFileSync(join(jobsDirectory(home()), `${label}.plist`), 'utf8'),
    )
    boot(false)
    await ok(sandbox, ['reload'])
    expect(existsSync(copy)).toBe(false)
    boot(true)
    await ok(sandbox, ['reload'])
    await ok(sandbox, ['down'])
    expect(existsSync(copy)).toBe(false)
  })

  it('are exported, and not installed; they start the agents', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const { stdout } = await ok(sandbox, ['supervisor', 'export', '--dir', 'jobs'])
    const path = join(sandbox.dir, 'jobs', `${label}.plist`)
    expect(stdout.trim()).toBe(path)
    expect(await rows(sandbox)).toMatchObject({ 'web:lead': { state: 'stopped', unit: null } })
    mkdirSync(jobsDirectory(home()), { recursive: true })
    writeFileSync(join(jobsDirectory(home()), `${label}.plist`), readFileSync(path), { mode: 0o600 })
    expect(ask('bootstrap', domain, join(jobsDirectory(home()), `${label}.plist`)).status).toBe(0)
    await untilState(sandbox, 'web:lead', 'running')
    await gone()
  })

  it('are in the list of teams', async () => {
    await up()
    expect(JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)).toMatchObject([
      { name: 'acme', file: join(sandbox.dir, 'team.yaml'), agents: { running: 1 } },
    ])
  })

  it('of a state directory that was removed are not started again and again', async () => {
    const { runner, agent } = await up({ ...sleeper, restart: 'always' })
    const runs = () => Number(/runs = (\d+)/.exec(ask('print', `${domain}/${label}`).text)?.[1])
    rmSync(join(sandbox.dir, '.team'), { recursive: true })
    process.kill(runner, 'SIGKILL')
    await waitFor('another run', () => runs() === 2)
    await waitFor('its end', () => jobPid() === 0)
    expect(ask('print', `${domain}/${label}`).text).toMatch(/state = not running[\s\S]*last exit code = 0/)
    process.kill(agent, 'SIGKILL')
  })
})

describe('another supervisor in the file', () => {
  const write = (supervisor: string) =>
    writeTeam(sandbox, { 'web:lead': polite(), 'web:gone': polite() }, { supervisor })

  it.each([
    ['tmux', 'launchd'],
    ['launchd', 'tmux'],
  ] as const)('reload moves agents from %s to %s', async (from, to) => {
    write(from)
    await ok(sandbox, ['up'])
    writeTeam(sandbox, { 'web:lead': polite() }, { supervisor: to })
    const before = await rows(sandbox)
    expect(Object.values(before).map(({ supervisor, state }) => [supervisor, state])).toEqual([
      [from, 'running'],
      [from, 'running'],
    ])
    expect(before['web:lead']?.upToDate).toBe(false)
    const reload = await ok(sandbox, ['reload', '--json'])
    expect(outcomesOf(reload).map(({ id, drain }) => [id, drain?.outcome])).toEqual([
      ['web:gone', 'graceful'],
      ['web:lead', 'graceful'],
    ])
    expect(Object.values(await rows(sandbox))).toMatchObject([
      { id: 'web:lead', supervisor: to, state: 'running' },
    ])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })
})

describe('a host without what it takes', () => {
  const withLaunchctl = (text: string) => {
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'launchctl'), text, { mode: 0o755 })
    return { PATH: `${bin}:${process.env.PATH}` }
  }

  it('has no launchctl: exit 3, and what to do', async () => {
    writeTeam(sandbox, { 'web:lead': { command: ['/bin/sleep', '1000'] } })
    const result = await sandbox.team(['up'], { env: { PATH: process.env.PATH } })
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain('cannot run launchctl')
    expect(result.stderr).toMatch(/hint: .*supervisor: tmux/)
    const doctor = await sandbox.team(['doctor'], { env: { PATH: process.env.PATH } })
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain('no launchctl on this host')
  })

  it('has no login at the screen: exit 3, and what to do', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const env = withLaunchctl('#!/bin/sh\necho "Domain does not support specified action" >&2\nexit 125\n')
    const result = await sandbox.team(['up'], { env })
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain(`launchd has no ${domain}`)
    expect(result.stderr).toMatch(/hint: .*log in at the screen/)
    expect((await sandbox.team(['doctor'], { env })).stdout).toContain(`has no ${domain}`)
  })

  it('has all of it: doctor says so', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    expect((await sandbox.team(['doctor'])).stdout).toMatch(new RegExp(`launchd +.*has ${domain}`))
  })
})
