import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { isAlive, jsonOf } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:a': sleeper, 'web:b': sleeper })
})
afterEach(() => sandbox.dispose())

const begin = async (...words: string[]) => (await ok(sandbox, ['process', 'start', ...words])).stdout.trim()
const read = async (id: string, ...more: string[]) =>
  jsonOf(await ok(sandbox, ['process', 'read', id, '--json', ...more]))

const rounds = process.env.TEAM_TEST_FULL === '1' ? 200 : 15

it('takes what is written, and gives each reader everything once and in order', async () => {
  const id = await begin('--', 'cat')
  let seen = ''
  for (let round = 0; round < rounds; round += 1) {
    await ok(sandbox, ['process', 'write', id, `line ${round} é`])
    seen += (await ok(sandbox, ['process', 'read', id, '--wait', '5s'])).stdout
  }
  const all = Array.from({ length: rounds }, (_, round) => `line ${round} é\n`).join('')
  expect(seen).toBe(all)
  expect((await ok(sandbox, ['process', 'read', id, '--reader', 'other'])).stdout).toBe(all)
  expect(await read(id)).toMatchObject({ stdout: '', dropped: 0, state: 'running' })
}, 300_000)

it('mixes up nothing that is written at once', async () => {
  const id = await begin('--', 'cat')
  const lines = Array.from({ length: rounds }, (_, n) => `${n} ${'x'.repeat(500)}`)
  for (let from = 0; from < lines.length; from += 10)
    await Promise.all(lines.slice(from, from + 10).map((line) => ok(sandbox, ['process', 'write', id, line])))
  await ok(sandbox, ['process', 'write', id, '--eof'])
  const { stdout } = await ok(sandbox, ['process', 'read', '-f', id])
  expect(stdout.trim().split('\n').sort()).toEqual([...lines].sort())
  expect(await read(id, '--since', '0,0')).toMatchObject({ state: 'exited' })
  expectError(await sandbox.team(['process', 'write', id, 'late']), 1, 'has ended')
}, 300_000)

it('keeps stdout and stderr apart, and tells exit code and signal', async () => {
  const id = await begin('--', 'sh', '-c', 'printf out; printf err >&2; exit 7')
  await ok(sandbox, ['process', 'read', id, '-f', '--reader', 'x'])
  expect(await read(id)).toEqual({
    id,
    stdout: 'out',
    stderr: 'err',
    cursor: '3,3',
    dropped: 0,
    state: 'exited',
  })
  const [row] = JSON.parse((await ok(sandbox, ['process', 'ls', '-a', '--json'])).stdout)
  expect(row).toMatchObject({ id, owner: null, state: 'exited', exitCode: 7, exitSignal: null })
})

it('can open its streams by their names', async () => {
  const id = await begin('--', 'sh', '-c', 'cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr')
  await ok(sandbox, ['process', 'write', id, 'in', '--eof'])
  await ok(sandbox, ['process', 'read', id, '-f', '--reader', 'x'])
  expect(await read(id)).toMatchObject({ stdout: 'in\nout\n', stderr: 'err\n', state: 'exited' })
})

it('is killed with its whole tree, which is told', async () => {
  const id = await begin(
    '--',
    'sh',
    '-c',
    "setsid sleep 1000 & echo $!; trap '' TERM HUP; while :; do sleep 0.1; done",
  )
  const { stdout } = await ok(sandbox, ['process', 'read', id, '--wait', '5s'])
  await ok(sandbox, ['process', 'kill', id, '--grace', '200ms'])
  expect(isAlive(stdout.trim())).toBe(false)
  expect(await read(id)).toMatchObject({ state: 'killed' })
  const followed = await ok(sandbox, ['process', 'read', '-f', id, '--reader', 'other', '--json'])
  expect(jsonOf(followed)).toMatchObject({ id, stdout, stderr: '', state: 'killed' })
  const prune = async (...more: string[]) =>
    jsonOf(await ok(sandbox, ['process', 'prune', '--json', ...more]))
  expect(await prune('--older-than', '1h')).toEqual({ removed: [] })
  expect(await prune()).toEqual({ removed: [id] })
})

it('belongs to its owner, who can have five live ones', async () => {
  const env = { TEAM_AGENT: 'web:a' }
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1)
    ids.push((await ok(sandbox, ['process', 'start', 'cat'], { env })).stdout.trim())
  expectError(await sandbox.team(['process', 'start', 'cat'], { env }), 1, '5 live')
  const [first = ''] = ids
  const owned = async (agent: string) =>
    (await ok(sandbox, ['process', 'ls', '-q', '--owner', agent])).stdout.split('\n').filter(Boolean)
  expect(await owned('a')).toEqual(ids.toReversed())
  expect(await owned('b')).toEqual([])
  const other = { env: { TEAM_AGENT: 'web:b' } }
  expectError(await sandbox.team(['process', 'write', first, 'x'], other), 1, 'belongs to web:a')
  await ok(sandbox, ['process', 'write', first, 'x', '--any'], other)
  await ok(sandbox, ['process', 'kill', first], { env })
  await ok(sandbox, ['process', 'start', 'cat'], { env })
  expectError(await sandbox.team(['process', 'start', '--', './no-such']), 1, 'ENOENT')
})

it('passes on what is piped in as it is: any bytes, and as many as there are', async () => {
  const id = await begin('--', 'od', '-An', '-v', '-tx1')
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xe9, 0x0a, 0xc3])
  await ok(sandbox, ['process', 'write', id, '-', '--no-newline', '--eof'], { input: bytes })
  const { stdout } = await ok(sandbox, ['process', 'read', '-f', id])
  expect(stdout.replace(/\s/g, '')).toBe(bytes.toString('hex'))
})

it('stays within reach while it is fed with a line that is larger than all else', async () => {
  const id = await begin('--', 'sh', '-c', 'wc -c; sleep 1000')
  const size = 40_000_000
  await ok(sandbox, ['process', 'write', id, '-', '--no-newline'], { input: Buffer.alloc(size, 'y') })
  await ok(sandbox, ['process', 'write', id, '--eof'])
  expect((await ok(sandbox, ['process', 'read', id, '--wait', '20s'])).stdout).toContain(String(size))
  expectError(await sandbox.team(['process', 'write', id, 'late']), 1, 'is closed')
  expect(jsonOf(await ok(sandbox, ['process', 'kill', id, '--json']))).toEqual([
    { id, state: 'killed', before: false, survivors: [] },
  ])
  expect((await ok(sandbox, ['process', 'kill', id])).stdout).toBe(`${id} had ended: killed\n`)
  expectError(await sandbox.team(['process', 'start', '--', '']), 2, 'no command')
})
