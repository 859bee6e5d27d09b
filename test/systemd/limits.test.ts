import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ok, outcomesOf, row } from '../support/cli.ts'
import { requireManager, systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const unit = 'team-acme.web.lead.service'
const limits = { memory: '64M', cpu: 0.5, tasks: 40 }
const controllers = { memory: 'memory', cpu: 'cpu', tasks: 'pids' } as const

/** What this machine's kernel and manager can keep: with control groups of version 1 it is nothing. */
function available(): readonly string[] {
  const group = systemctl(['show', '-p', 'ControlGroup', '--value']).trim()
  return readFileSync(`/sys/fs/cgroup${group}/cgroup.controllers`, 'utf8').trim().split(' ')
}

it.each(['memory', 'cpu', 'tasks'] as const)('limits.%s is kept, or refused by name', async (name) => {
  writeTeam(sandbox, { 'web:lead': { ...sleeper, limits: { [name]: limits[name] } }, 'web:free': sleeper })
  const kept = available().includes(controllers[name])
  console.log(`${controllers[name]}: ${kept ? 'there' : 'not there'}`)
  const up = await sandbox.team(['up', '--json'])
  expect(up.code, up.stderr).toBe(kept ? 0 : 1)
  // The others are started all the same.
  expect((await row(sandbox, 'web:free')).state).toBe('running')
  if (kept) {
    const files = { memory: 'memory.max', cpu: 'cpu.max', tasks: 'pids.max' }
    const values = { memory: String(64 * 1024 * 1024), cpu: '50000 100000', tasks: '40' }
    const group = systemctl(['show', '-p', 'ControlGroup', '--value', unit]).trim()
    expect(readFileSync(`/sys/fs/cgroup${group}/${files[name]}`, 'utf8').trim()).toBe(values[name])
    return
  }
  const refused = outcomesOf(up).find(({ id }) => id === 'web:lead')
  expect(refused?.error?.code).toBe('limits-unavailable')
  expect(refused?.error?.message).toContain(`nothing would keep limits.${name}`)
  expect(existsSync(join(requireManager().units, unit))).toBe(false)
  await ok(sandbox, ['down'])
  const exported = await sandbox.team(['supervisor', 'export', '--dir', 'units'])
  expect(exported.code, exported.stderr).toBe(1)
  expect(exported.stderr).toContain(`nothing would keep limits.${name}`)
})

it('an agent that is to get a limit that nothing keeps goes on as it is', async () => {
  writeTeam(sandbox, { 'web:lead': sleeper })
  await ok(sandbox, ['up'])
  const { pid } = await row(sandbox, 'web:lead')
  writeTeam(sandbox, { 'web:lead': { ...sleeper, limits: { memory: '64M' } } })
  const reload = await sandbox.team(['reload'])
  const kept = available().includes('memory')
  expect(reload.code, reload.stderr).toBe(kept ? 0 : 1)
  if (!kept) expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
})

it('an agent over its memory is shown as oom, and restarted', async () => {
  const script = 'const all = []; for (;;) all.push(Buffer.alloc(4e6, 1))'
  const hog = {
    command: [process.execPath, '-e', script],
    limits: { memory: '128M' },
    restart: 'on-failure:1',
  }
  writeTeam(sandbox, { 'web:lead': hog })
  const up = await sandbox.team(['up'])
  if (!available().includes('memory')) {
    expect(up.stderr + up.stdout).toContain('nothing would keep limits.memory')
    return
  }
  // Under a kernel that is a program it takes Node seconds to fill its memory, twice.
  const ended = await waitFor(
    'the second end',
    async () => (await row(sandbox, 'web:lead')).state === 'failed',
    60_000,
  )
  expect(ended).toBe(true)
  expect(await row(sandbox, 'web:lead')).toMatchObject({ exitReason: 'oom', restarts: 1 })
  expect((await ok(sandbox, ['ps', '-a'])).stdout).toContain('oom')
  expect((await ok(sandbox, ['events'])).stdout).toContain('out of memory (oom)')
})

it('limits become directives that systemd-analyze has nothing against', async () => {
  writeTeam(sandbox, { 'web:lead': sleeper })
  await ok(sandbox, ['up'])
  const path = join(requireManager().units, unit)
  const text = readFileSync(path, 'utf8').replace(
    'OOMPolicy=continue\n',
    'OOMPolicy=continue\nMemoryMax=67108864\nCPUQuota=50%\nTasksMax=40\n',
  )
  sandbox.write(unit, text)
  const checked = spawnSync('systemd-analyze', ['--user', 'verify', join(sandbox.dir, unit)], {
    env: { ...process.env, ...requireManager().env },
    encoding: 'utf8',
  })
  expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' })
})
