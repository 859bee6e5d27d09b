import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const place = (id: string) => `.team/agents/${id.replace(':', '/')}`
const logOf = (id: string) => join(sandbox.dir, place(id), 'output.log')

/** Agents that have printed their name, and are not up. */
function printed(...ids: readonly string[]): void {
  writeTeam(sandbox, Object.fromEntries(ids.map((id) => [id, sleeper])))
  for (const id of ids) sandbox.write(`${place(id)}/output.log`, `${id}\n`)
}

/** Root reads everything, unless that is taken from it. */
const asAnybody =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : []
const canForbid = asAnybody.length === 0 || spawnSync('setpriv', [...asAnybody.slice(1), 'true']).status === 0
if (!canForbid)
  console.warn(
    '\n!!! SKIPPED: root cannot be kept from reading here: logs without permission NOT CHECKED !!!\n',
  )

describe('a log that cannot be read', () => {
  it.each(['directory', 'named pipe'])(
    'a %s in its place: told in a line, the others are shown',
    async (what) => {
      printed('p:a', 'p:b', 'q:c')
      rmSync(logOf('p:a'))
      rmSync(logOf('q:c')) // has printed nothing
      if (what === 'directory') mkdirSync(logOf('p:a'))
      else execFileSync('mkfifo', [logOf('p:a')])
      for (const args of [['--no-prefix'], ['--raw']]) {
        expect(await sandbox.team(['logs', ...args])).toMatchObject({
          code: 1,
          stdout: 'p:b\n',
          stderr: `warning: cannot read ${logOf('p:a')}: a ${what} is in the way\n`,
        })
      }
      await ok(sandbox, ['logs', 'p:b', 'q'])
    },
  )

  it.skipIf(!canForbid)('without permission: the same; its index only says when', async () => {
    printed('p:a', 'p:b')
    sandbox.write(`${place('p:a')}/output.idx`, '1 4\n')
    const run = () => sandbox.team(['logs', '--no-prefix'], { under: asAnybody })
    chmodSync(join(sandbox.dir, place('p:a'), 'output.idx'), 0)
    expect(await run()).toMatchObject({ code: 0, stdout: 'p:a\np:b\n', stderr: '' })
    chmodSync(logOf('p:a'), 0)
    const denied = `warning: cannot read ${logOf('p:a')}: permission denied\n`
    expect(await run()).toMatchObject({ code: 1, stdout: 'p:b\n', stderr: denied })
  })

  it.skipIf(!canForbid)('-f goes on with the others, and with it once it can be read', async () => {
    printed('p:a', 'q:b')
    const forbidden = join(sandbox.dir, '.team/agents/p')
    chmodSync(forbidden, 0)
    const following = sandbox.start(['logs', '-f', '--no-prefix'], { under: asAnybody })
    await waitFor('the other', () => following.stdout().includes('q:b'))
    chmodSync(forbidden, 0o700)
    await waitFor('it', () => following.stdout().includes('p:a'))
    following.kill('SIGINT')
    expect(await following.done).toMatchObject({
      code: 130,
      stderr: `warning: cannot read ${logOf('p:a')}: permission denied\n`,
    })
  })

  it('too many open files: says which limit to raise', async () => {
    printed(...Array.from({ length: 60 }, (_, index) => `p:a${index}`))
    const under = ['sh', '-c', 'ulimit -n 48; exec "$@"', 'sh']
    const result = await sandbox.team(['logs', '-f'], { under })
    expectError(result, 1, 'cannot read', 'too many open files', 'ulimit -n')
  })
})

it('ps does not wait for a pipe in place of a record', async () => {
  printed('p:a')
  execFileSync('mkfifo', [join(sandbox.dir, place('p:a'), 'run.log')])
  await ok(sandbox, ['ps', '-a'])
})

it('a compose file can be a pipe, whatever was read from one before', async () => {
  const env = { TEAM_STATE_DIR: join(sandbox.dir, 'state') }
  mkdirSync(env.TEAM_STATE_DIR)
  writeTeam(sandbox, { 'p:a': sleeper }, {}, 'one.yaml')
  writeTeam(sandbox, { 'p:b': sleeper }, {}, 'two.yaml')
  const ids = async (file: string) => {
    // Through a pipe, whose number is the same each time.
    const instead = ['bash', '-c', 'exec 9< <(cat "$0"); exec "$@"', file, process.execPath, program]
    const result = await sandbox.team([], { env, instead: [...instead, '-f', '/dev/fd/9', 'ps', '-aq'] })
    return result.stdout + result.stderr
  }
  expect(await ids('one.yaml')).toBe('p:a\n')
  expect(await ids('one.yaml')).toBe('p:a\n')
  expect(await ids('two.yaml')).toBe('p:b\n')
})

it('--since keeps what came within the second that a mark of the log tells of', async () => {
  printed('p:a')
  const second = Date.parse('2026-01-31T12:00:54Z') / 1_000
  sandbox.write(`${place('p:a')}/output.idx`, `${second} 4\n`)
  for (const args of [['--no-prefix'], ['--raw']]) {
    const since = async (time: string) => (await ok(sandbox, ['logs', ...args, '--since', time])).stdout
    expect(await since('2026-01-31T12:00:54.950Z')).toBe('p:a\n')
    expect(await since('2026-01-31T12:00:54.999Z')).toBe('p:a\n')
    expect(await since('2026-01-31T12:00:55Z')).toBe('')
  }
})
