import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ok } from '../support/cli.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { polite, sleeper, writeTeam } from '../support/team-file.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = createSandbox()
  writeTeam(sandbox, {
    'web:one': { ...polite(), role: 'printer', env: { SECRET: 'hide me', CODE: '7' } },
    'docs:two': sleeper,
  })
  await ok(sandbox, ['up'])
})
afterAll(() => sandbox.dispose())

const lines = (text: string) => text.trimEnd().split('\n')

describe('around the file', () => {
  it('config hides values unless they are asked for', async () => {
    const shown = (await ok(sandbox, ['config'])).stdout
    expect(shown).toContain('SECRET')
    expect(shown).not.toContain('hide me')
    expect((await ok(sandbox, ['config', '--reveal'])).stdout).toContain('hide me')
    expect(JSON.parse((await ok(sandbox, ['config', '--format', 'json'])).stdout)).toMatchObject({
      name: 'acme',
    })
    expect((await ok(sandbox, ['config', '-q'])).stdout).toBe('')
    expect(lines((await ok(sandbox, ['config', '--hash'])).stdout)[0]).toMatch(/^web:one [0-9a-f.]+$/)
  })

  it('what `config --reveal` prints is the same team again', async () => {
    const hash = (await ok(sandbox, ['config', '--hash'])).stdout
    sandbox.write('resolved/team.yaml', (await ok(sandbox, ['config', '--reveal'])).stdout)
    expect((await ok(sandbox, ['-f', 'resolved/team.yaml', 'config', '--hash'])).stdout).toBe(hash)
  })

  it('init writes a file that is valid, and runs', async () => {
    sandbox.write('fresh/.keep', '')
    const cwd = join(sandbox.dir, 'fresh')
    expect((await ok(sandbox, ['init'], { cwd })).stdout).toContain('wrote team.yaml')
    await ok(sandbox, ['config', '-q'], { cwd })
    const named = await ok(sandbox, ['-f', 'my agents.yaml', 'init'], { cwd })
    expect(named.stdout).toContain("then run: team -f 'my agents.yaml' up")
  })

  it('doctor says which agents could not be started', async () => {
    expect((await ok(sandbox, ['doctor'])).stdout).toMatch(/agents +have their programs/)
    const agents = { 'a:one': { command: ['no-such'] }, 'a:two': { ...sleeper, cwd: 'team.yaml' } }
    writeTeam(sandbox, agents, { name: 'unready' }, 'unready/team.yaml')
    const cwd = join(sandbox.dir, 'unready')
    const unready = await sandbox.team(['doctor'], { cwd })
    expect(unready).toMatchObject({ code: 1, stderr: '' })
    expect(unready.stdout).toMatch(
      /agents +a:one: cannot run no-such: no such program in its PATH \(and 1 more\)/,
    )
    for (const [agent, text] of [
      [{ command: ['./team.yaml'] }, 'cannot run ./team.yaml: it is not executable'],
      [{ ...sleeper, cwd: 'team.yaml' }, 'unready/team.yaml is no directory'],
    ] as const) {
      writeTeam(sandbox, { 'a:one': agent }, { name: 'unready' }, 'unready/team.yaml')
      expect((await sandbox.team(['doctor'], { cwd })).stdout).toContain(text)
    }
    sandbox.write('unready/team.yaml', 'projects: {a: {agents: {b: {command: 5}}}}')
    expect((await sandbox.team(['doctor'], { cwd })).stdout).toContain(
      'team.yaml:1:38: projects.a.agents.b.command',
    )
  })

  it('ls lists the team with its file', async () => {
    expect(JSON.parse((await ok(sandbox, ['ls', '--json'])).stdout)).toMatchObject([
      { name: 'acme', file: join(sandbox.dir, 'team.yaml'), agents: { running: expect.any(Number) } },
    ])
    expect((await ok(sandbox, ['ls'])).stdout).toMatch(/^acme .*team\.yaml/m)
  })

  it('version, schema, completion, help and doctor print what they are for', async () => {
    expect((await ok(sandbox, ['version'])).stdout).toMatch(/^team \d+\.\d+\.\d+\n$/)
    expect(JSON.parse((await ok(sandbox, ['schema'])).stdout)).toMatchObject({ type: 'object' })
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect((await ok(sandbox, ['completion', shell])).stdout).toContain('team')
    }
    expect(lines((await ok(sandbox, ['__complete', 'targets'])).stdout)).toContain('role=printer')
    expect((await ok(sandbox, ['up', '--help'])).stdout).toContain('Examples:')
    expect((await ok(sandbox, [])).stdout).toContain('docker compose for AI agents')
    expect((await ok(sandbox, ['doctor'])).stdout).toContain('tmux')
  })
})
