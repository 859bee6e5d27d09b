import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  agentPid,
  createSandbox,
  events,
  journal,
  launchIn,
  readText,
  restartPolicy,
  type Sandbox,
  type Shell,
  shells,
  startPrepared,
  startWrapper,
  until,
  writeFiles,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

const path = (name: string) => join(sandbox.agentDir, name)
const exitRecord = () => JSON.parse(readFileSync(path('exit.json'), 'utf8'))

describe.each(shells)('an agent that cannot start, under $name', (shell) => {
  it('names a missing command, and does not try again', async () => {
    const overrides = { argv: ['no-such-"agent"', 'x'], restart: restartPolicy('always') }
    const wrapper = startWrapper(shell, sandbox, overrides)
    expect((await wrapper.exited).code).toBe(127)
    expect(readText(journal(sandbox))).toMatch(/^start 1 \d+\nexit 1 127 -\nerror 1 command\n$/)
    expect(events(sandbox).at(-1)).toMatchObject({
      event: 'error',
      id: 'web:lead',
      reason: 'command',
      detail: 'no-such-"agent": not found, or not executable',
    })
    expect(exitRecord()).toMatchObject({ code: 127, signal: null, run: 1 })
    expect(wrapper.output()).toContain('team: web:lead cannot start: no-such-')
    expect(existsSync(path('failure'))).toBe(false)
  })

  it('looks for the command in the PATH of the agent, not its own', async () => {
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'my-agent'), '#!/bin/sh\nexit 44\n')
    chmodSync(join(bin, 'my-agent'), 0o755)
    const found = startWrapper(shell, sandbox, { argv: ['my-agent'], env: { PATH: `${bin}:/usr/bin:/bin` } })
    expect((await found.exited).code).toBe(44)
    const lost = startWrapper(shell, sandbox, { argv: ['sh'], env: { PATH: bin } })
    expect((await lost.exited).code).toBe(127)
  })

  it('takes an exit code 127 of the agent itself for what it is', async () => {
    const wrapper = startWrapper(shell, sandbox, { argv: ['sh', '-c', 'exit 127'] })
    await wrapper.exited
    expect(readText(journal(sandbox))).toMatch(/^start 1 \d+\nexit 1 127 -\n$/)
  })

  it.each([
    ['a missing cwd', 'gone "here"'],
    ['a cwd that is a file', 'file'],
  ])('names %s', async (_, name) => {
    writeFileSync(join(sandbox.dir, 'file'), '')
    const wrapper = startWrapper(shell, sandbox, {
      cwd: join(sandbox.dir, name),
      restart: restartPolicy('always'),
    })
    expect((await wrapper.exited).code).toBe(126)
    expect(readText(journal(sandbox))).toBe('exit 1 126 -\nerror 1 cwd\n')
    expect(events(sandbox).map(({ event }) => event)).toEqual(['exited', 'error'])
    expect(events(sandbox)[1]).toMatchObject({
      reason: 'cwd',
      detail: `${join(sandbox.dir, name)}: no such directory, or no permission to enter it`,
    })
    expect(exitRecord()).toMatchObject({ code: 126, pid: null })
  })

  it.each([
    ['missing', null],
    ['cut off in a value', "export A='half"],
    ['not shell', 'export A=(\n'],
  ])('says that the env file is %s, and shows nothing of it', async (_, text) => {
    const wrapper = writeFiles(sandbox, launchIn(sandbox, {}))
    rmSync(path('env'))
    if (text !== null) writeFileSync(path('env'), text)
    const started = startPrepared(shell, sandbox, wrapper)
    expect((await started.exited).code).toBe(126)
    expect(readText(journal(sandbox))).toMatch(/^start 1 \d+\nexit 1 126 -\nerror 1 env\n$/)
    expect(started.output()).toBe(`team: web:lead cannot start: ${path('env')}: cannot be read\n`)
  })

  it.each([
    ['missing', null],
    ['empty', ''],
    ['cut off', "team_id='web:lead'\nteam_cwd='/tmp"],
    ['without its argv', "team_id='web:lead'\n"],
  ])('says that the command file is %s', async (_, text) => {
    const wrapper = writeFiles(sandbox, launchIn(sandbox, {}))
    rmSync(path('command'))
    if (text !== null) writeFileSync(path('command'), text)
    const started = startPrepared(shell, sandbox, wrapper)
    expect((await started.exited).code).toBe(126)
    expect(readText(journal(sandbox))).toBe('exit 1 126 -\nerror 1 command\n')
    expect(started.output()).toBe(`team: cannot read ${path('command')}\n`)
  })

  it('tries again when what ran before is gone for a while', async () => {
    const agent = join(sandbox.dir, 'agent')
    writeFileSync(agent, '#!/bin/sh\nrm "$0"; exit 3\n')
    chmodSync(agent, 0o755)
    const wrapper = startWrapper(shell, sandbox, { argv: [agent], restart: restartPolicy('on-failure', 2) })
    expect((await wrapper.exited).code).toBe(127)
    expect(readText(journal(sandbox))).toMatch(/^start 3 \d+\nexit 3 127 -\nerror 3 command\ngave-up 3\n$/)
  })
})

describe.each(shells)('state files under $name', (shell) => {
  it('runs the agent to its end although nothing can be written', async () => {
    const wrapper = writeFiles(sandbox, launchIn(sandbox, { argv: ['sh', '-c', 'echo ran; kill -9 $$'] }))
    const unwritable: Shell = {
      ...shell,
      argv: ['/bin/sh', '-c', 'trap "" XFSZ; ulimit -f 0; exec "$@"', 'sh', ...shell.argv],
    }
    const started = startPrepared(unwritable, sandbox, wrapper)
    expect((await started.exited).code).toBe(137)
    expect(started.output()).toBe('ran\n')
    expect(readText(journal(sandbox))).toBe('')
    expect(readText(path('exit.json'))).toBe('')
  })

  it('begins the journal anew, whatever it finds there', async () => {
    for (const name of ['run.log', 'exit.json', 'exit.json.tmp', 'jobs', 'exports'])
      writeFileSync(path(name), '{"co')
    writeFileSync(sandbox.eventsFile, '')
    await startWrapper(shell, sandbox, { argv: ['sh', '-c', 'exit 2'] }).exited
    expect(readText(journal(sandbox))).toMatch(/^start 1 \d+\nexit 1 2 -\n$/)
    expect(exitRecord()).toMatchObject({ code: 2 })
    expect(events(sandbox).map(({ event }) => event)).toEqual(['started', 'exited'])
  })

  it('does not wait for what the agent has left behind', async () => {
    const argv = ['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $! >left; exit 0']
    const wrapper = startWrapper(shell, sandbox, { argv })
    const left = join(sandbox.dir, 'left')
    const pid = await until(left, () => Number(readText(left)) || undefined)
    expect((await wrapper.exited).code).toBe(0)
    process.kill(pid, 'SIGKILL')
  })

  it('keeps no file of its own open for the agent', async () => {
    // The shell that the agent is here opens none below 10, `ls` one more to read the directory.
    const argv = ['sh', '-c', 'ls /proc/self/fd >fds.tmp; mv fds.tmp fds; exec sleep 1000']
    const wrapper = startWrapper(shell, sandbox, { argv })
    const pid = await agentPid(sandbox)
    const fds = join(sandbox.dir, 'fds')
    const open = await until(fds, () => (existsSync(fds) ? readText(fds).trim().split('\n') : undefined))
    expect(
      open
        .map(Number)
        .filter((fd) => fd < 10)
        .sort(),
    ).toEqual([0, 1, 2, 3])
    process.kill(pid, 'SIGKILL')
    await wrapper.exited
  })
})
