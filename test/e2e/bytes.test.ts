import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectError, ok, untilState } from '../support/cli.ts'
import { ownManager } from '../support/manager.ts'
import { loadedName, text, variableName } from '../support/nasty.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

const full = process.env.TEAM_TEST_FULL === '1'
/** Teams of `agentsPerRun` agents; each has variables and arguments of its own. */
const runs = full ? 40 : 4
const agentsPerRun = 12

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

/** Writes down its own argv and environment as the kernel has them, then says that it is done. */
const dumpScript = 'cat <"/proc/$$/environ" >"$0.env" && cat <"/proc/$$/cmdline" >"$0.argv" && : >"$0.done"'

function dumper(name: string, args: readonly string[], keys: AgentKeys = {}): AgentKeys {
  return { command: ['/bin/sh', '-c', dumpScript, join(sandbox.dir, name), ...args], ...keys }
}

interface Dump {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What reached the agent; as latin1, so that every byte counts. */
async function dumpOf(name: string): Promise<Dump> {
  await waitFor(`the dump of ${name}`, () => existsSync(join(sandbox.dir, `${name}.done`)))
  const strings = (file: string) =>
    readFileSync(join(sandbox.dir, `${name}.${file}`), 'latin1')
      .split('\0')
      .slice(0, -1)
  const pairs = strings('env').map((pair) => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1),
  ])
  return { args: strings('argv').slice(4), env: Object.fromEntries(pairs) }
}

/** What of it every agent inherits. */
function inheritedOf(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('XDG_')))
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1')

const environment = fc.dictionary(fc.oneof({ weight: 3, arbitrary: variableName }, loadedName), text, {
  maxKeys: 8,
})
const agent = fc.record({ args: fc.array(text, { maxLength: 6 }), env: environment })

describe('what the file gives an agent', () => {
  it(`reaches it byte for byte, argv and environment (${runs * agentsPerRun} agents)`, {
    timeout: full ? 600_000 : 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(agent, { minLength: agentsPerRun, maxLength: agentsPerRun }),
        async (agents) => {
          sandbox.dispose()
          sandbox = createSandbox()
          writeTeam(
            sandbox,
            Object.fromEntries(
              agents.map(({ args, env }, index) => [`web:a${index}`, dumper(`a${index}`, args, { env })]),
            ),
          )
          await ok(sandbox, ['up'])
          for (const [index, { args, env }] of agents.entries()) {
            const dump = await dumpOf(`a${index}`)
            expect(dump.args).toEqual(args.map(latin1))
            expect(dump.env).toMatchObject(
              Object.fromEntries(Object.entries(env).map(([name, value]) => [name, latin1(value)])),
            )
          }
        },
      ),
      { numRuns: runs },
    )
  })

  it('may be 100 kB long, as a variable and as an argument, with every code point', async () => {
    const everything = allCodePoints()
    const chunks = chunksOf(everything, 30_000)
    writeTeam(sandbox, {
      'web:large': dumper('large', ['x'.repeat(100_000), `${"'\n".repeat(50_000)}`], {
        env: { LARGE: "é'$\n".repeat(20_000) },
      }),
      ...Object.fromEntries(
        chunks.map((chunk, index) => [
          `web:c${index}`,
          dumper(`c${index}`, [chunk], { env: { ALL: chunk } }),
        ]),
      ),
    })
    await ok(sandbox, ['up'])
    const dump = await dumpOf('large')
    expect(dump.args.map(({ length }) => length)).toEqual([100_000, 100_000])
    expect(dump.args[1] === "'\n".repeat(50_000)).toBe(true)
    expect(dump.env.LARGE === latin1("é'$\n".repeat(20_000))).toBe(true)
    for (const [index, chunk] of chunks.entries()) {
      const { args, env } = await dumpOf(`c${index}`)
      expect(args[0] === latin1(chunk) && env.ALL === latin1(chunk), `code points of chunk ${index}`).toBe(
        true,
      )
    }
  })

  it('a command that is one string is run by sh, with its quotes and dollars', async () => {
    const script = `printf '%s|' "$0" 'a  b' "$V" "$(printf x)" \`printf y\` "$((1+1))" '$V' >out; : >s.done`
    writeTeam(sandbox, { 'web:s': { command: script, env: { V: `"'$x` } } })
    await ok(sandbox, ['up'])
    await waitFor('the output', () => existsSync(join(sandbox.dir, 's.done')))
    expect(sandbox.read('out')).toBe(`/bin/sh|a  b|"'$x|x|y|2|$V|`)
  })

  it('a prompt of 64 kB reaches the program of a runtime as one argument', async () => {
    const prompt = `-- "fix" it\n\n\`$HOME\` 'now' é😀\n${'y $(z) '.repeat(9_350)}\n`
    expect(Buffer.byteLength(prompt)).toBeGreaterThan(65_000)
    sandbox.write('lead.md', prompt)
    writeTeam(sandbox, {
      'web:file': { ...dumper('file', []), runtime: 'claude', model: 'opus', prompt_file: 'lead.md' },
      'web:text': { ...dumper('text', []), runtime: 'codex', args: ['--x', '-'], prompt },
      'web:gemini': { ...dumper('gemini', []), runtime: 'gemini', prompt },
    })
    await ok(sandbox, ['up'])
    const argv = async (name: string) => (await dumpOf(name)).args
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(await argv('file')).toEqual(['--session-id', id, '--model', 'opus', '--', latin1(prompt)])
    const unattended = ['-c', 'check_for_update_on_startup=false', '-c', expect.stringMatching(/^projects=/)]
    expect(await argv('text')).toEqual(['--no-daemon', ...unattended, '--x', '-', '--', latin1(prompt)])
    expect(await argv('gemini')).toEqual(['--skip-trust', '--session-id', id, '-i', latin1(prompt)])
  })
})

/** Every code point but NUL and the halves of surrogates, which no text can hold. */
function allCodePoints(): string {
  const points: string[] = []
  for (let point = 1; point <= 0x10ffff; point += point < 0x3000 || point > 0xd7ff ? 1 : 7) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    // Beyond the first planes a sample of each block.
    if (point > 0x1ffff && point % 997 !== 0) continue
    points.push(String.fromCodePoint(point))
  }
  return points.join('')
}

function chunksOf(text: string, length: number): readonly string[] {
  const points = [...text]
  return Array.from({ length: Math.ceil(points.length / length) }, (_, index) =>
    points.slice(index * length, (index + 1) * length).join(''),
  )
}

describe('what no program can be given', () => {
  const tooLong = 'x'.repeat(131_072)

  it.each<[string, AgentKeys, RegExp]>([
    [
      'a variable',
      { command: ['x'], env: { BIG: tooLong } },
      /team\.yaml:\d+:\d+: .*env\.BIG.*BIG is 131076 bytes long/,
    ],
    ['an argument', { command: ['x', tooLong] }, /team\.yaml:\d+:\d+: .*command.*is 131072 bytes long/],
    [
      'a prompt',
      { runtime: 'claude', prompt: tooLong },
      /team\.yaml:\d+:\d+: .*prompt.*the prompt is 131072 bytes long/,
    ],
    ['a NUL', { command: ['x', 'a\0b'] }, /team\.yaml:\d+:\d+: .*NUL/],
  ])('%s over 128 kB or with a NUL is refused, with its place', async (_, keys, message) => {
    writeTeam(sandbox, { 'web:lead': keys })
    const result = await sandbox.team(['up'])
    expectError(result, 2, message)
    expect(result.stderr.length).toBeLessThan(2_000)
  })

  it('more than the kernel takes altogether: its exit and its log say so, and the others start', async () => {
    const env = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`BIG${index}`, 'x'.repeat(100_000)]),
    )
    writeTeam(sandbox, { 'web:big': dumper('big', [], { env }), 'web:small': dumper('small', []) })
    await sandbox.team(['up'])
    await dumpOf('small')
    const failed = await untilState(sandbox, 'web:big', 'failed')
    expect(failed).toMatchObject({ exitCode: 126, exitSignal: null })
    await waitFor('the reason', async () =>
      (await ok(sandbox, ['logs', 'web:big'])).stdout.includes('Argument list too long'),
    )
  })
})

describe('the environment of an agent', () => {
  it('is the inherited set, what the file gives, what team sets, PWD and TERM: nothing else', async () => {
    writeTeam(sandbox, { 'web:lead': dumper('lead', [], { env: { GIVEN: 'x' }, pass_env: ['PASSED_*'] }) })
    const caller = {
      PASSED_ON: 'y',
      LC_TIME: 'C',
      XDG_CACHE_HOME: '/c',
      https_proxy: 'http://p',
      SSH_AUTH_SOCK: '/s',
      TZ: 'UTC',
      USER: 'somebody',
      SECRET: 'no',
      CLAUDECODE: '1',
      TMUX: '/tmp/tmux-0/default,1,0',
      TMUX_PANE: '%9',
      NODE_OPTIONS: '--no-warnings',
      OLDPWD: '/',
      LD_X: 'no',
    }
    await ok(sandbox, ['up'], { env: caller })
    const { env } = await dumpOf('lead')
    const { PATH, HOME, SHELL, LANG, TMUX_TMPDIR } = sandbox.env
    expect(env).toEqual({
      ...{ PATH, HOME, SHELL, LANG, TMUX_TMPDIR },
      ...{
        LC_TIME: 'C',
        XDG_CACHE_HOME: '/c',
        https_proxy: 'http://p',
        SSH_AUTH_SOCK: '/s',
        TZ: 'UTC',
        USER: 'somebody',
      },
      ...{ GIVEN: 'x', PASSED_ON: 'y' },
      ...inheritedOf(ownManager()?.env ?? {}),
      TEAM_NAME: 'acme',
      TEAM_PROJECT: 'web',
      TEAM_AGENT: 'web:lead',
      TEAM_FILE: join(sandbox.dir, 'team.yaml'),
      TEAM_STATE_DIR: join(sandbox.dir, '.team'),
      TEAM_UNIT: expect.stringMatching(/^acme\/web\/lead@/),
      PWD: sandbox.dir,
      TERM: 'screen-256color',
    })
  })

  it('can be everything of the caller, where the file says so', async () => {
    writeTeam(sandbox, { 'web:lead': dumper('lead', [], { pass_env: ['*'] }) })
    const caller = {
      ODD: `a'b\n$c`,
      SHLVL: '3',
      _: '/usr/bin/x',
      OLDPWD: '/',
      CLAUDECODE: '1',
      TMUX: 'x',
      TMUX_PANE: 'y',
    }
    await ok(sandbox, ['up'], { env: caller })
    const { env } = await dumpOf('lead')
    expect(env).toMatchObject({ ODD: `a'b\n$c`, OLDPWD: '/' })
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['CLAUDECODE']))
    expect(env.TMUX ?? env.TMUX_PANE).toBeUndefined()
  })

  it.each(['PPID', 'LINENO', 'UID', '_', 'SHLVL'])(
    'cannot hold %s, which the shell sets itself: an error says so',
    async (name) => {
      writeTeam(sandbox, { 'web:lead': dumper('lead', [], { env: { [name]: 'x' } }) })
      const result = await sandbox.team(['config'])
      expectError(
        result,
        2,
        /team\.yaml:\d+:\d+: .*env\./,
        `${name} is a variable that the shell sets itself`,
      )
    },
  )
})
