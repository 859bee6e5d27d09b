import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive } from '../support/census.ts'
import { nothingLeft, ok, outcomesOf, row, rows, untilState } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { requireManager, restartManager, socketOf, systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const unit = 'team-acme.web.lead.service'
const show = (property: string, name = unit) => systemctl(['show', '-p', property, '--value', name]).trim()
const parentOf = (pid: number) =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** Pids in the unit's cgroup, wherever they have wandered. */
function cgroupOf(name = unit): readonly number[] {
  const group = show('ControlGroup', name)
  if (group === '') return []
  try {
    const text = readFileSync(`/sys/fs/cgroup${group}/cgroup.procs`, 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  } catch {
    return [] // gone with its last process
  }
}

async function up(keys = sleeper): Promise<{ agent: number; runner: number; server: number }> {
  writeTeam(sandbox, { 'web:lead': keys })
  await ok(sandbox, ['up'])
  const { pid } = await row(sandbox, 'web:lead')
  const server = Number(
    sandbox.inPane({ team: 'acme', id: 'web:lead', unit }, ['display-message', '-p', '#{pid}']).trim(),
  )
  return { agent: knownPid(pid), runner: knownPid(Number(show('MainPID'))), server }
}

/** The next command brings it back, once. */
async function repaired(): Promise<void> {
  await ok(sandbox, ['up'])
  await untilState(sandbox, 'web:lead', 'running')
  const down = await ok(sandbox, ['down', '--json'])
  expect(outcomesOf(down)).toMatchObject([{ ok: true, drain: { survivors: [] } }])
  await nothingLeft(sandbox)
  expect(readdirSync(requireManager().units).filter((name) => name.startsWith('team-'))).toEqual([])
}

describe('a unit of which something is killed', () => {
  it('the agent: its exit is told, and up starts it again', async () => {
    const { agent } = await up()
    process.kill(agent, 'SIGKILL')
    expect(await untilState(sandbox, 'web:lead', 'failed')).toMatchObject({ exitSignal: 'SIGKILL' })
    await waitFor('the unit to end', () => show('ActiveState') === 'failed')
    await repaired()
  })

  it('the runner: nothing of the unit stays, and up starts it again', async () => {
    const { runner } = await up()
    process.kill(runner, 'SIGKILL')
    await waitFor('the unit to end', () => cgroupOf().length === 0)
    expect((await row(sandbox, 'web:lead')).state).toBe('failed')
    await repaired()
  })

  it('the tmux server: the agent is ended, and up starts it again', async () => {
    const { server } = await up()
    process.kill(server, 'SIGKILL')
    await untilState(sandbox, 'web:lead', 'failed')
    await waitFor('the unit to end', () => cgroupOf().length === 0)
    await repaired()
  })

  it('the runner of an agent that is restarted: the manager starts it again', async () => {
    const { runner, agent } = await up({ ...sleeper, restart: 'always' })
    process.kill(runner, 'SIGKILL')
    const back = await waitFor('another agent', async () => {
      const now = await row(sandbox, 'web:lead')
      return now.state === 'running' && now.pid !== agent && now
    })
    expect(back.pid).not.toBe(agent)
    await repaired()
  })

  it('the wrapper of an agent that is restarted: the manager starts it again', async () => {
    const { agent } = await up({ ...sleeper, restart: 'always' })
    process.kill(knownPid(parentOf(agent)), 'SIGKILL')
    await waitFor('another agent', async () => {
      const now = await row(sandbox, 'web:lead')
      return now.state === 'running' && now.pid !== agent
    })
    await repaired()
  })
})

describe('the manager', () => {
  it('is told to stop the unit: the agent is asked to end, and is not restarted', async () => {
    await up({ ...polite(), restart: 'always' })
    systemctl(['stop', unit])
    expect(show('Result')).toBe('success')
    expect(cgroupOf()).toEqual([])
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'exited', exitCode: 0 })
    await repaired()
  })

  it('is told to stop a unit whose agent ignores it: killed when its time is over', async () => {
    await up({ command: "trap '' HUP INT TERM; while :; do sleep 0.1; done", drain: '500ms' })
    systemctl(['stop', unit])
    expect(cgroupOf()).toEqual([])
    expect((await row(sandbox, 'web:lead')).state).toBe('failed')
    await repaired()
  })

  it('kills a unit that it had asked to end, at a shutdown say: a later start starts the agent', async () => {
    await up({ command: "trap '' HUP INT TERM; while :; do sleep 0.1; done", drain: '10m' })
    const desired = () => readFileSync(join(sandbox.dir, '.team/agents/web/lead/desired'), 'utf8').slice(0, 4)
    systemctl(['stop', '--no-block', unit])
    await waitFor('the runner to be asked', () => desired() === 'stop')
    systemctl(['kill', '-s', 'KILL', unit])
    await waitFor('the unit to end', () => show('ActiveState') === 'failed')
    systemctl(['start', unit])
    await untilState(sandbox, 'web:lead', 'running')
    expect(desired()).toBe('up  ')
    await ok(sandbox, ['down', '--now'])
    await nothingLeft(sandbox)
  })

  it('is told to stop the unit while a down is under way: it stays down', async () => {
    await up({ command: "trap '' HUP INT TERM; while :; do sleep 0.1; done", drain: '1s', restart: 'always' })
    const file = join(sandbox.dir, '.team/agents/web/lead/desired')
    const command = sandbox.start(['down', '--drain', '10m'])
    await waitFor('the down', () => readFileSync(file, 'utf8').startsWith('down'))
    command.kill('SIGKILL')
    await command.done
    systemctl(['stop', unit])
    expect(readFileSync(file, 'utf8').slice(0, 4)).toBe('down')
    systemctl(['start', unit])
    await waitFor('the unit to end', () => show('ActiveState') === 'inactive')
    expect((await row(sandbox, 'web:lead')).state).toBe('stopped')
    await repaired()
  })

  it('is executed anew: the agents go on', async () => {
    const { agent } = await up()
    systemctl(['daemon-reexec'])
    await waitFor('the manager', () => show('ActiveState') === 'active')
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid: agent })
    await repaired()
  })

  it('ends and comes up again: what ran is shown to have ended, and up starts it again', async () => {
    const { agent, server } = await up({ ...sleeper, restart: 'always' })
    await restartManager()
    expect([agent, server].map(isAlive)).toEqual([false, false])
    expect(['exited', 'failed', 'stopped']).toContain((await row(sandbox, 'web:lead')).state)
    await repaired()
  })

  it('has units of others: they are left alone', async () => {
    const other = 'team-acme.web.other.service'
    spawnSync('mkdir', ['-p', requireManager().units])
    const path = join(requireManager().units, other)
    const text = '[Service]\nExecStart=/bin/sleep 1000\n'
    spawnSync('sh', ['-c', 'printf %s "$2" >"$1"', 'sh', path, text])
    systemctl(['daemon-reload'])
    systemctl(['start', other])
    await up()
    expect(Object.keys(await rows(sandbox))).toEqual(['web:lead'])
    await ok(sandbox, ['down'])
    expect(show('ActiveState', other)).toBe('active')
    expect(existsSync(path)).toBe(true)
  })
})

describe('the journal', () => {
  it('has a line for each start and end, and for being asked', async () => {
    const began = Math.floor(Date.now() / 1000)
    const { agent } = await up({ ...polite(), restart: { policy: 'always', backoff: { initial: '10ms' } } })
    process.kill(agent, 'SIGKILL')
    const again = await waitFor('another agent', async () => {
      const { state, pid } = await row(sandbox, 'web:lead')
      return state === 'running' && pid !== agent && pid
    })
    systemctl(['stop', unit])
    const lines = () => {
      const args = ['--user-unit', unit, '--since', `@${began}`, '-o', 'cat', '--no-pager']
      const { stdout } = spawnSync('journalctl', args, { encoding: 'utf8' })
      return stdout.split('\n').filter((line) => /^(web:lead |asked)/.test(line))
    }
    await waitFor('the last line', () => lines().at(-1)?.includes('"code":0') === true)
    expect(lines().slice(-6)).toEqual([
      `web:lead started: "pid":${agent},"run":1`,
      'web:lead exited: "code":null,"signal":"SIGKILL","run":1',
      'web:lead restarting: "run":1,"delayMs":10',
      `web:lead started: "pid":${again},"run":2`,
      'asked to end',
      'web:lead exited: "code":0,"signal":null,"run":2',
    ])
  })
})

describe('units', () => {
  it('pass systemd-analyze without a word', async () => {
    await up({ ...sleeper, drain: { timeout: '1500ms', steps: ['Escape', '250ms', 'C-c', 'SIGTERM'] } })
    const path = join(requireManager().units, unit)
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--user', 'verify', path], {
      env: { ...process.env, ...requireManager().env },
      encoding: 'utf8',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('are started at boot where the file says so, and no longer when it does not', async () => {
    const boot = (on: boolean) =>
      writeTeam(sandbox, { 'web:lead': sleeper }, { supervisor: { type: 'systemd', systemd: { boot: on } } })
    boot(true)
    expect((await ok(sandbox, ['up'])).stderr).toContain('loginctl enable-linger')
    expect(show('UnitFileState')).toBe('enabled')
    boot(false)
    await ok(sandbox, ['reload'])
    expect(show('UnitFileState')).toBe('disabled')
    boot(true)
    await ok(sandbox, ['reload'])
    await ok(sandbox, ['down'])
    expect(existsSync(join(requireManager().units, 'default.target.wants', unit))).toBe(false)
  })

  it('start as the manager does it at boot, with nobody’s command', async () => {
    const { agent } = await up()
    systemctl(['stop', unit])
    systemctl(['start', unit])
    const now = await untilState(sandbox, 'web:lead', 'running')
    expect(now.pid).not.toBe(agent)
    await repaired()
  })

  it.each([
    `quote " and ' and \\`,
    'percent %h %% dollar $HOME ${HOME} $$',
    'new\nline\ttab',
    'é 😀 #{pane_id} ; # |',
  ])('may lie anywhere: %j', async (name) => {
    sandbox.dispose()
    sandbox = createSandbox(name)
    const { agent } = await up({ ...sleeper, env: { V: name } })
    expect(readFileSync(`/proc/${agent}/environ`, 'utf8').split('\0')).toContain(`V=${name}`)
    expect(readlinkSync(`/proc/${agent}/cwd`)).toBe(sandbox.dir)
    await repaired()
  })

  it('are exported, and not installed; they start the agents', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const { stdout } = await ok(sandbox, ['supervisor', 'export', '--dir', 'units'])
    const path = join(sandbox.dir, 'units', unit)
    expect(stdout.trim()).toBe(path)
    expect(await rows(sandbox)).toMatchObject({ 'web:lead': { state: 'stopped', unit: null } })
    systemctl(['link', path])
    expect(show('LoadState')).toBe('loaded')
    systemctl(['start', unit])
    await untilState(sandbox, 'web:lead', 'running')
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
    expect(existsSync(path)).toBe(true)
  })

  it('are seen to run without a word of the manager, which is asked about the others only', async () => {
    const { agent } = await up()
    const deaf = { env: { XDG_RUNTIME_DIR: sandbox.dir, DBUS_SESSION_BUS_ADDRESS: undefined } }
    expect((await sandbox.team(['ps', '--json'], deaf)).stdout).toContain(`"pid": ${agent},`)
    process.kill(agent, 'SIGKILL')
    await untilState(sandbox, 'web:lead', 'failed')
    const unknown = await sandbox.team(['ps'], deaf)
    expect(unknown.code, unknown.stderr).toBe(3)
    await repaired()
  })

  it('are in the list of teams', async () => {
    await up()
    expect(JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)).toMatchObject([
      { name: 'acme', file: join(sandbox.dir, 'team.yaml'), agents: { running: 1 } },
    ])
  })

  it('that have no terminal say why', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const far = join(sandbox.dir, 'x'.repeat(100))
    mkdirSync(far)
    const result = await sandbox.team(['up'], { env: { TMUX_TMPDIR: far } })
    expect(result.code).toBe(1)
    expect(result.stderr + result.stdout).toContain('File name too long')
    await ok(sandbox, ['down'], { env: { TMUX_TMPDIR: far } })
  })

  it('are written whole or not at all', async () => {
    await up()
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:new': sleeper })
    const small = { under: ['sh', '-c', 'trap \'\' XFSZ; ulimit -f 2; exec "$@"', 'sh'] }
    const result = await sandbox.team(['up'], small)
    expect(result.code, result.stderr).toBe(1)
    expect(result.stderr + result.stdout).toMatch(/cannot write .*service: EFBIG/)
    const names = readdirSync(requireManager().units).filter((name) => name.includes('acme'))
    expect(names).toEqual([unit])
    await ok(sandbox, ['down'])
  })

  it('have a socket each', async () => {
    writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
    await ok(sandbox, ['up'])
    expect(socketOf('team-acme.web.a.service')).not.toBe(socketOf('team-acme.web.b.service'))
  })
})

describe('another supervisor in the file', () => {
  const write = (supervisor: string) =>
    writeTeam(sandbox, { 'web:lead': polite(), 'web:gone': polite() }, { supervisor })

  it.each([
    ['tmux', 'systemd'],
    ['systemd', 'tmux'],
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

  it('ls has one row for a team that is in both, and goes on where one of them does not answer', async () => {
    write('tmux')
    await ok(sandbox, ['up'])
    write('systemd')
    await ok(sandbox, ['reload', 'web:lead'])
    const file = join(sandbox.dir, 'team.yaml')
    const both = JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)
    expect(both).toMatchObject([{ name: 'acme', file, agents: { running: 2 } }])
    process.kill(knownPid((await row(sandbox, 'web:lead')).pid), 'SIGKILL')
    await untilState(sandbox, 'web:lead', 'failed')
    const deaf = { env: { XDG_RUNTIME_DIR: sandbox.dir, DBUS_SESSION_BUS_ADDRESS: undefined } }
    const result = await sandbox.team(['ls', '--json'], deaf)
    expect(result.code).toBe(3)
    expect(JSON.parse(result.stdout)).toMatchObject([
      { name: 'acme', file, agents: { running: 1 }, error: null },
      { name: 'acme', file: null, error: expect.stringContaining('no user manager answers') },
    ])
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })
})

describe('a host without what it takes', () => {
  it('has no systemctl: exit 3, and what to do', async () => {
    writeTeam(sandbox, { 'web:lead': { command: ['/bin/sleep', '1000'] } })
    const result = await sandbox.team(['up'], { env: { PATH: '/nowhere' } })
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain('cannot run systemctl')
    expect(result.stderr).toMatch(/hint: /)
  })

  it('has no manager: exit 3, and what to do', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const env = { XDG_RUNTIME_DIR: sandbox.dir, DBUS_SESSION_BUS_ADDRESS: undefined }
    const result = await sandbox.team(['up'], { env })
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain('no user manager answers')
    expect(result.stderr).toMatch(/hint: .*linger/)
  })

  it('has a manager that looks elsewhere: exit 3, and what to do', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper })
    const result = await sandbox.team(['up'], { env: { XDG_CONFIG_HOME: sandbox.dir } })
    expect(result.code, result.stderr).toBe(3)
    expect(result.stderr).toContain('does not look for units in')
  })
})
