import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, ok } from '../support/cli.ts'
import { begin, isAlive, shownTask, untilRunning } from '../support/jobs.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const script =
  'env | grep -a ^TEAM_ > "end.$TEAM_TASK_ID.tmp"; mv "end.$TEAM_TASK_ID.tmp" "end.$TEAM_TASK_ID"'
const write = (onEnd: string | readonly string[], more: object = {}) =>
  writeTeam(sandbox, { 'web:a': { ...sleeper, env: { OWN: '1' } } }, { tasks: { on_end: onEnd, ...more } })
const places = () => join(sandbox.dir, '.team', 'tasks')
const hostOf = (id: string): { pid: number } =>
  JSON.parse(readFileSync(join(places(), id, 'host.json'), 'utf8'))

/** What the command was told; waits for it. */
const told = (id: string) =>
  waitFor(`the command for ${id}`, () => existsSync(join(sandbox.dir, `end.${id}`)) && variables(`end.${id}`))

function variables(file: string): Readonly<Record<string, string>> {
  const lines = sandbox.read(file).trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
}

interface Told {
  readonly task: string
  readonly reason: string | null
}

async function events(): Promise<readonly Told[]> {
  const { stdout } = await ok(sandbox, ['events', '--json'])
  const all = stdout
    .split('\n')
    .filter((line) => line.includes('"task_on_end"'))
    .map((line): Told => JSON.parse(line))
  return all
}

const untilTold = (id: string) =>
  waitFor(`the event of ${id}`, async () => (await events()).find(({ task }) => task === id) ?? false, 30_000)

describe('tasks: on_end', () => {
  it('runs once for each task, however it ended, and knows of it', async () => {
    write(script)
    const good = await begin(sandbox, 'a', 'echo hi')
    const bad = await begin(sandbox, 'a', 'exit 3')
    expect(await told(good)).toMatchObject({
      ...{ TEAM_TASK_ID: good, TEAM_TASK_KIND: 'shell', TEAM_TASK_STATUS: 'completed', TEAM_AGENT: 'web:a' },
      ...{ TEAM_TASK_EXIT_CODE: '0', TEAM_TASK_REASON: '' },
    })
    expect(readFileSync((await told(good)).TEAM_TASK_OUTPUT ?? '', 'utf8')).toBe('hi\n')
    expect(await told(bad)).toMatchObject({ TEAM_TASK_STATUS: 'failed', TEAM_TASK_REASON: 'exit 3' })
    expect(await untilTold(good)).toMatchObject({ reason: null })
    await untilTold(bad)
    expect((await events()).map(({ task }) => task).sort()).toEqual([good, bad].sort())
    expect(readdirSync(join(places(), '.on-end'))).toEqual([])
  })

  it('takes a list as argv, and tells it of what never began', async () => {
    write(['/bin/sh', '-c', script])
    const first = await begin(sandbox, 'a', 'sleep 1000')
    const second = await begin(sandbox, 'a', 'true')
    expect(statSync(join(places(), '.on-end', `${second}.json`)).mode & 0o777).toBe(0o600)
    await ok(sandbox, ['task', 'cancel', second, first, '--grace', '0s'])
    expect(await told(second)).toMatchObject({ TEAM_TASK_STATUS: 'cancelled', TEAM_TASK_EXIT_CODE: '' })
    expect(await told(first)).toMatchObject({ TEAM_TASK_STATUS: 'cancelled' })
  })

  it('is run by the next command when the host was killed', async () => {
    write(script)
    const id = await begin(sandbox, 'a', 'sleep 1000')
    await untilRunning(sandbox, id)
    process.kill(hostOf(id).pid, 'SIGKILL')
    await waitFor('the host to be gone', () => !isAlive(hostOf(id).pid))
    await ok(sandbox, ['task', 'ls'])
    expect(await told(id)).toMatchObject({ TEAM_TASK_STATUS: 'lost' })
  })

  it('is not run again when what ran it was killed, which is told; and what it started is ended', async () => {
    write('echo $$ > pid.tmp; mv pid.tmp pid; sleep 1000')
    const id = await begin(sandbox, 'a', 'true')
    const pid = await waitFor(
      'the command',
      () => existsSync(join(sandbox.dir, 'pid')) && sandbox.read('pid'),
    )
    process.kill(hostOf(id).pid, 'SIGKILL')
    await waitFor('the host to be gone', () => !isAlive(hostOf(id).pid))
    await ok(sandbox, ['task', 'ls'])
    expect((await untilTold(id)).reason).toContain('killed')
    expect(isAlive(pid.trim())).toBe(false)
    expect((await shownTask(sandbox, id)).status).toBe('completed')
    await ok(sandbox, ['task', 'ls'])
    expect(await events()).toHaveLength(1)
  })

  it('changes nothing of the task when it fails, or takes too long: then all of it is ended', async () => {
    write('(trap "" TERM; setsid sh -c "echo \\$\\$ > far; sleep 1000") & sleep 1000', {
      on_end_timeout: '1s',
    })
    const late = await begin(sandbox, 'a', 'true')
    expect((await untilTold(late)).reason).toContain('took longer than 1000 ms')
    expect(isAlive(sandbox.read('far').trim())).toBe(false)
    write('echo no such place >/dev/stderr; exit 7')
    const bad = await begin(sandbox, 'a', 'true')
    expect((await untilTold(bad)).reason).toBe('exit 7: no such place')
    write(['/nowhere/at/all'])
    const none = await begin(sandbox, 'a', 'true')
    expect((await untilTold(none)).reason).toContain('cannot run /nowhere/at/all')
    for (const id of [late, bad, none]) expect((await shownTask(sandbox, id)).status).toBe('completed')
  })

  it('is not run for what it starts itself, and down ends what still runs', async () => {
    const team = `'${process.execPath}' '${join(import.meta.dirname, '../../bin/team.js')}'`
    write(
      `${team} -f '${sandbox.dir}/team.yaml' task run -d a --shell 'touch inner'; echo $$ > pid; sleep 1000`,
    )
    await begin(sandbox, 'a', 'true')
    await waitFor('the inner task', () => existsSync(join(sandbox.dir, 'inner')))
    const pid = await waitFor(
      'the command',
      () => existsSync(join(sandbox.dir, 'pid')) && sandbox.read('pid'),
    )
    await ok(sandbox, ['down', '--now'])
    expect(isAlive(pid.trim())).toBe(false)
    expect((await events()).map(({ reason }) => reason)).toEqual(['ended'])
  })

  it('is refused where it could not be obeyed', async () => {
    write('true', { on_end_timeout: '0s' })
    expectError(await sandbox.team(['config', '-q']), 2, 'must be more than 0')
    writeTeam(sandbox, { 'web:a': sleeper }, { tasks: { on_end_timeout: '5s' } })
    const refused = await sandbox.team(['config', '-q'])
    expectError(refused, 2, 'is for `on_end`, which is missing')
    expect(refused.stderr).toMatch(/team\.yaml:\d+:\d+/)
    write([])
    expectError(await sandbox.team(['config', '-q']), 2, 'names no program')
  })
})
