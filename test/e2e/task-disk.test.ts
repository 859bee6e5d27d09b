import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { begin, jsonOf, untilRunning } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox
let state: string

beforeEach(() => {
  sandbox = createSandbox()
  state = join(sandbox.dir, '.team')
  mkdirSync(state)
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
})
afterEach(() => sandbox.dispose())

/** Mounts need root, or a kernel that gives them to everyone in a namespace. */
const canMount = spawnSync('unshare', ['-m', 'true']).status === 0

/** Runs the program where the state directory is a small disk, with `ballast` on it, which nobody else sees. */
const small = () => {
  const script = `mount -t tmpfs -o size=2m none "${state}" && dd if=/dev/zero of="${state}/ballast" bs=1M count=1 2>/dev/null`
  return ['unshare', '-m', 'sh', '-c', `${script}; exec "$@"`, 'sh']
}

it.skipIf(!canMount)('a full disk ends no task, and what could not be kept is told', async () => {
  const command = `head -c 4000000 /dev/zero; echo $? >"${sandbox.dir}/code"; rm "${state}/ballast"; exit 3`
  const result = await sandbox.team(['task', 'run', 'a', '--shell', command, '--json'], { under: small() })
  expect(readFileSync(join(sandbox.dir, 'code'), 'utf8')).toBe('0\n')
  expect(jsonOf(result)).toMatchObject({
    status: 'failed',
    exitCode: 3,
    reason: expect.stringMatching(/^exit 3; up to \d+ bytes of its output could not be kept: ENOSPC$/),
  })
})

it.skipIf(!canMount)('where nothing can be written, lists tell what is true all the same', async () => {
  const id = await begin(sandbox, 'a', 'sleep 1000')
  const { pid } = await untilRunning(sandbox, id)
  const host: { readonly pid: number } = JSON.parse(
    readFileSync(join(state, 'tasks', id, 'host.json'), 'utf8'),
  )
  process.kill(host.pid, 'SIGKILL')
  const under = [
    ...['unshare', '-m', 'sh', '-c'],
    ...[`mount --bind "${state}" "${state}" && mount -o remount,ro,bind "${state}"; exec "$@"`, 'sh'],
  ]
  const listed = await sandbox.team(['task', 'ls', '--json'], { under })
  expect(listed.code).toBe(0)
  expect(jsonOf(listed)).toMatchObject([{ id, status: 'lost', pid }])
  expect((await sandbox.team(['task', 'wait', id], { under })).code).toBe(1)
  expect((await sandbox.team(['task', 'output', '-f', id], { under })).code).toBe(0)
})

it.skipIf(!canMount)('nothing is left of a task that could not be written down', async () => {
  const listing = join(sandbox.dir, 'listing')
  const script = `mount -t tmpfs -o size=2m none "${state}" && dd if=/dev/zero of="${state}/ballast" bs=4k count=508 2>/dev/null; "$@"; code=$?; find "${state}" >"${listing}"; exit $code`
  const under = ['unshare', '-m', 'sh', '-c', script, 'sh']
  const result = await sandbox.team(['task', 'run', 'a', '--shell', `: ${'x'.repeat(20_000)}`], { under })
  expect(result.code).toBe(1)
  expect(result.stderr).toContain('no space left')
  expect(statSync(listing).size).toBeGreaterThan(0)
  expect(readFileSync(listing, 'utf8')).not.toMatch(/tasks\/[a-z0-9]{6}|\.active\/./)
})
