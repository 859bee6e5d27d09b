import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processesIn } from '../support/census.ts'
import { expectError, nothingLeft, ok, pids, row } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { type CliResult, createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:lead': sleeper })
})
afterEach(() => sandbox.dispose())

const realTmux = spawnSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).stdout.trim()

/** An environment in which `tmux` is this script. */
function shim(script: string): Record<string, string> {
  const directory = join(sandbox.dir, 'shim')
  chmodSync(sandbox.write('shim/tmux', `#!/bin/sh\n${script}\n`), 0o755)
  return { PATH: `${directory}:${sandbox.env.PATH}` }
}

/** Commands that need the supervisor. */
const all = [['up'], ['down'], ['reload'], ['ps'], ['ls'], ['capture', 'lead'], ['keys', 'lead', 'Enter']]

describe('a tmux that cannot be used', () => {
  it('is missing: exit 3, and how to get it', async () => {
    const empty = join(sandbox.dir, 'empty')
    mkdirSync(empty)
    for (const command of all) {
      const result = await sandbox.team(command, { env: { PATH: empty } })
      if (command[0] === 'ls')
        expect(result).toMatchObject({ code: 0 }) // no socket: nothing to ask
      else
        expectError(result, 3, /^team: cannot run tmux: ENOENT/, 'install tmux 3.2 or newer', 'team doctor')
    }
    expect(processesIn(sandbox)).toEqual([])
    const doctor = await sandbox.team(['doctor'], { env: { PATH: empty } })
    expectDoctor(doctor, 'tmux')
  })

  it('is too old: exit 3 before anything is started', async () => {
    const env = shim(`case " $* " in *" -V "*) echo tmux 2.9a; exit ;; esac; exec ${realTmux} "$@"`)
    expectError(
      await sandbox.team(['up'], { env }),
      3,
      /tmux 2\.9a is too old: team needs tmux 3\.2 or newer/,
    )
    expect(processesIn(sandbox)).toEqual([])
    expectDoctor(await sandbox.team(['doctor'], { env }), 'tmux 2.9a is too old')
  })

  it('is of another version than the server that runs: exit 3, and nothing is touched', async () => {
    await ok(sandbox, ['up'])
    const before = await pids(sandbox)
    const env = shim('echo "protocol version mismatch (client 8, server 7)" >&2; exit 1')
    for (const command of all.filter(([name]) => name !== 'ls')) {
      const result = await sandbox.team(command, { env })
      expectError(result, 3, 'the running tmux server is of another version than tmux', 'first in PATH')
    }
    expect(await pids(sandbox)).toEqual(before)
  })

  it('crashes: exit 3 with what it said', async () => {
    const env = shim('echo "lost server" >&2; exit 1')
    expectError(await sandbox.team(['ps'], { env }), 3, 'tmux failed while listing the agents: lost server')
    expect((await sandbox.team(['up'], { env })).code).toBe(3)
    expect(processesIn(sandbox)).toEqual([])
    await ok(sandbox, ['up'])
    expect(await sandbox.team(['ls'], { env })).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/acme +unknown: tmux failed: lost server/),
    })
  })

  it('hangs, or its server does: exit 3 in time, and all is well once it goes on', async () => {
    await ok(sandbox, ['up'])
    writeTeam(sandbox, { 'web:lead': sleeper }, { name: 'well' }, 'well/team.yaml')
    const beside = { cwd: join(sandbox.dir, 'well') }
    await ok(sandbox, ['up'], beside)
    // Of this one nobody runs: its server is to be started.
    writeTeam(sandbox, { 'web:lead': sleeper }, { name: 'new' }, 'new/team.yaml')
    const { pid } = await row(sandbox, 'web:lead')
    const server = knownPid(Number(sandbox.tmux('acme', ['display-message', '-p', '#{pid}'])))
    process.kill(server, 'SIGSTOP')
    const env = shim('exec sleep 1000')
    const began = Date.now()
    const commands = [['up'], ['ps'], ['capture', 'lead'], ['keys', 'lead', 'Enter'], ['ps', '--json']]
    const results = await Promise.all([
      ...commands.map((command) => sandbox.team(command, { env })),
      sandbox.team(['up'], { env, cwd: join(sandbox.dir, 'new') }),
      sandbox.team(['ps', '--json']),
      interruptedPs(),
      sandbox.team(['ls'], { cwd: sandbox.dir }),
    ])
    process.kill(server, 'SIGCONT')
    const listed = results.pop()
    expect(listed).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/acme +unknown: tmux did not answer/),
    })
    // The other team is listed all the same.
    expect(listed?.stdout).toMatch(/well +running\(1\) /)
    const last = results.pop()
    for (const result of results) expectError(result, 3, /tmux did not answer within \d+s/, 'list-sessions')
    expect(JSON.parse(results.pop()?.stdout ?? '')).toMatchObject({ error: { code: 'tmux-timeout' } })
    expect(last).toMatchObject({ signal: 'SIGINT' })
    expect(Date.now() - began).toBeLessThan(25_000)
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'running', pid })
    await ok(sandbox, ['down'], beside)
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })
})

describe('a server that is started for nothing', () => {
  it('ends with the command that had no agent to start', async () => {
    expectError(await sandbox.team(['up', 'nobody']), 2, 'nobody')
    expect(processesIn(sandbox)).toEqual([])
  })

  it('ends with the command that is killed', async () => {
    // Nobody says which version it is: the command waits.
    const wait = 'while kill -0 $PPID; do sleep 0.05; done; exit'
    const env = shim(`case " $* " in *" -V "*) ${wait} ;; esac; exec ${realTmux} "$@"`)
    const running = sandbox.start(['up'], { env })
    const server = () =>
      processesIn(sandbox).some(({ args, ppid }) => args.includes('start-server') && ppid === 1)
    await waitFor('the server', server)
    running.kill('SIGKILL')
    await running.done
    await nothingLeft(sandbox)
  })
})

describe('a tmux that says more than it has to', () => {
  it('is obeyed as long as it succeeds', async () => {
    const env = shim(`echo 'a warning of its own' >&2; exec ${realTmux} "$@"`)
    for (const command of [['up'], ['ps'], ['capture', 'lead'], ['restart'], ['down']])
      await ok(sandbox, command, { env })
    await nothingLeft(sandbox)
  })
})

describe('tmux is still at the loggers', () => {
  it('when the agents have started: up is over, and nothing that they show is lost', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `web:agent-${index}`)
    const speaker = { command: ['sh', '-c', 'echo "hello of $TEAM_AGENT"; exec sleep 86400'] }
    writeTeam(sandbox, Object.fromEntries(names.map((name) => [name, speaker])))
    // Carries out everything, and says so to nobody.
    const wait = 'while kill -0 $PPID; do sleep 0.05; done'
    const env = shim(`${realTmux} "$@" || exit; case " $* " in *" source-file - "*) ${wait} ;; esac`)
    await ok(sandbox, ['up'], { env })
    const log = async () => (await ok(sandbox, ['logs', '--no-prefix'])).stdout.split('\n').sort()
    await waitFor('the last log', async () => (await log()).includes('hello of web:agent-19'))
    expect(await log()).toEqual(expect.arrayContaining(names.map((name) => `hello of ${name}`)))
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })
})

describe('files that a server may have open', () => {
  /** The tmux server that is started below it inherits the limit. */
  const limited = (files: number) => ({ under: ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'] })
  const team = (agents: number) =>
    writeTeam(sandbox, Object.fromEntries(Array.from({ length: agents }, (_, n) => [`web:a${n}`, sleeper])))

  it('are too few for so many agents: exit 3, and none is started', async () => {
    team(30)
    const result = await sandbox.team(['up', '--progress', 'quiet'], limited(80))
    expectError(result, 3, 'the limit of open files is 80: so many agents need 92', 'ulimit -n')
    expect(processesIn(sandbox)).toEqual([])
    await ok(sandbox, ['up'], limited(92))
    await ok(sandbox, ['ps'])
    await ok(sandbox, ['down'])
  })

  it('are too few for more agents: exit 3, and those that run go on', async () => {
    team(20)
    await ok(sandbox, ['up'], limited(80))
    const before = await pids(sandbox)
    team(30)
    const result = await sandbox.team(['up', '--progress', 'quiet'])
    expectError(result, 3, 'the limit of open files is 80: so many agents need 92', 'end the team first')
    expect(await pids(sandbox)).toMatchObject(before)
    await ok(sandbox, ['down'])
    await ok(sandbox, ['up'])
    await ok(sandbox, ['down'])
  })

  it('are too few for more agents: nobody is drained for a reload that cannot start them', async () => {
    team(20)
    await ok(sandbox, ['up'], limited(80))
    const before = await pids(sandbox)
    const more = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`web:a${n}`, sleeper]))
    writeTeam(sandbox, { ...more, 'web:a0': { ...sleeper, env: { NEW: '1' } } })
    expectError(await sandbox.team(['reload', '--progress', 'quiet']), 3, 'so many agents need 92')
    expect(sandbox.read('.team/agents/web/a0/desired')).toMatch(/^up\b/)
    expect(await pids(sandbox)).toMatchObject(before)
    await ok(sandbox, ['down'])
  })
})

/** A `ps` that is told to end while it waits for tmux. */
async function interruptedPs(): Promise<CliResult> {
  const running = sandbox.start(['ps'])
  await waitFor('it to wait for tmux', () => processesIn(sandbox).some(({ ppid }) => ppid === running.pid))
  running.kill('SIGINT')
  return running.done
}

function expectDoctor(result: CliResult, text: string): void {
  expect(result.code).toBe(1)
  expect(result.stdout).toContain(text)
  expect(result.stdout).toContain('install tmux 3.2 or newer')
  expect(result.stderr).toBe('')
}
