import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentTrees, isAlive, treesOf } from '../support/census.ts'
import { nothingLeft, ok, row } from '../support/cli.ts'
import { createSandbox, program, type Sandbox } from '../support/sandbox.ts'
import { sleeper, stubborn, writeTeam } from '../support/team-file.ts'
import { onTerminal } from '../support/terminal.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, { 'web:lead': sleeper, 'web:deaf': stubborn('60s') })
  await ok(sandbox, ['up'])
})
afterEach(() => sandbox.dispose())

describe('Ctrl-C during a drain', () => {
  it('says who is still up and stops waiting; the next up puts it right', async () => {
    const { pid } = await row(sandbox, 'web:deaf')
    const down = sandbox.start(['down', '--progress', 'plain'])
    await waitFor('one agent to be drained', () => down.stderr().includes('web:lead drained'))
    down.kill('SIGINT')
    await waitFor('the answer', () => down.stderr().includes('still up: web:deaf\n'))
    expect(down.stderr()).toContain('press Ctrl-C again within 3s to kill')
    const result = await down.done
    expect(result.code).toBe(130)
    expect(result.stdout).toContain('web:deaf is still up: no longer waiting for it')
    expect(result.stdout).toContain('team down --now web:deaf')
    expect(isAlive(pid ?? 0)).toBe(true)
    const up = await ok(sandbox, ['up', '--drain', '200ms'])
    expect(up.stdout).toMatch(/^restart web:deaf +its drain was cut short +forced after/m)
    const trees = await treesOf(sandbox, ['web:lead', 'web:deaf'])
    expect(Object.values(trees).map((tree) => tree.length)).toEqual([1, 1])
  })

  it('a second one kills', async () => {
    const down = onTerminal(sandbox, ['down'])
    await waitFor('the drain to show', () => /draining/.test(down.stdout()))
    down.write('\x03')
    await waitFor('the answer', () => down.stdout().includes('still up:'))
    down.write('\x03')
    expect(await down.done).toMatchObject({ code: 130 })
    expect(agentTrees(sandbox)).toEqual({})
    await nothingLeft(sandbox)
  })

  it('of a reload leaves no agent twice, and what was not done is said', async () => {
    writeTeam(sandbox, {
      'web:lead': { ...sleeper, env: { A: 'b' } },
      'web:deaf': stubborn('50s'),
      'web:new': sleeper,
    })
    const reload = sandbox.start(['reload', '--progress', 'plain', '--json'])
    await waitFor('the drain', () => reload.stderr().includes('web:deaf draining'))
    reload.kill('SIGTERM')
    const result = await reload.done
    expect(result.code).toBe(130)
    const document: { actions: { id: string; ok: boolean }[] } = JSON.parse(result.stdout)
    expect(document.actions.find(({ id }) => id === 'web:deaf')).toMatchObject({
      ok: false,
      error: { code: 'interrupted' },
    })
    await ok(sandbox, ['reload', '--now'])
    const trees = await treesOf(sandbox, ['web:lead', 'web:deaf', 'web:new'])
    expect(Object.keys(trees).sort()).toEqual(['web:deaf', 'web:lead', 'web:new'])
    expect(Object.values(trees).map((tree) => tree.length)).toEqual([1, 1, 1])
  })
})

describe('a terminal that is closed during a drain', () => {
  it('keeps nothing from being done, and does not crash the command', async () => {
    const line = `trap : HUP; stty cols 100 rows 30; '${process.execPath}' '${program}' down --drain 2s; echo $? >code`
    const terminal = sandbox.start([], { input: null, instead: ['script', '-qfec', line, '/dev/null'] })
    await waitFor('the drain to show', () => /draining/.test(terminal.stdout()))
    terminal.kill('SIGKILL')
    // 1: nobody could be told the result. 134 or 139 would be Node, which sets a terminal back that is gone.
    await waitFor('the end', () => existsSync(join(sandbox.dir, 'code')) && sandbox.read('code') !== '')
    expect(sandbox.read('code')).toBe('1\n')
    await nothingLeft(sandbox)
  })
})

describe('progress that nobody reads', () => {
  const piped = (script: string) =>
    sandbox.team([], { instead: ['sh', '-c', script, process.execPath, program], env: { ENV: '' } })

  it('ends nothing half-way: a closed pipe, a full disk', async () => {
    await piped('"$0" "$1" down --now 2>&1 | head -n 1')
    await nothingLeft(sandbox)
    expect(await piped('"$0" "$1" up 2>/dev/full')).toMatchObject({ code: 0 })
    expect(Object.keys(agentTrees(sandbox)).sort()).toEqual(['web:deaf', 'web:lead'])
    // A result that cannot be written is an error all the same.
    const lost = await piped('"$0" "$1" ps >/dev/full')
    expect(lost).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot write the result: ENOSPC'),
    })
    expect(await piped('"$0" "$1" down --now 2>/dev/full')).toMatchObject({ code: 0 })
    await nothingLeft(sandbox)
  })

  it('what was drained is stopped, not failed, while others still are', async () => {
    const down = sandbox.start(['down', '--progress', 'plain'])
    await waitFor('one agent to be drained', () => down.stderr().includes('web:lead drained'))
    expect(await row(sandbox, 'web:lead')).toMatchObject({ state: 'stopped', exitCode: null })
    down.kill('SIGINT')
    down.kill('SIGINT')
    await down.done
    await ok(sandbox, ['down', '--now'])
  })
})
