import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { envNameProblem } from '../../../src/model/env-name.ts'
import {
  createSandbox,
  fixtures,
  type Sandbox,
  shells,
  startWrapper,
  type WrapperOptions,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

interface Dump {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const agent = join(fixtures, 'fakeagent.mjs')

/** What an agent that was given these gets, decoded as `encoding`. */
async function received(
  shell: (typeof shells)[number],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: WrapperOptions = {},
): Promise<Dump> {
  const file = join(sandbox.dir, 'dump.json')
  const argv = [process.execPath, agent, '--live-ms', '0', '--dump-env', file, '--', ...args]
  const wrapper = startWrapper(shell, sandbox, { argv, env }, options)
  expect(await wrapper.exited).toEqual({ code: 0, signal: null })
  const dump: Dump = JSON.parse(readFileSync(file, 'utf8'))
  const decode = (text: string) => Buffer.from(text, 'base64').toString(options.encoding ?? 'utf8')
  return {
    argv: dump.argv.slice(argv.length - args.length).map(decode),
    env: Object.fromEntries(Object.entries(dump.env).map(([name, value]) => [name, decode(value)])),
  }
}

/** What a shell makes itself, and nothing else. */
const ownNames = new Set(['TERM', 'PWD', '_', 'SHLVL'])

function withoutOwn(env: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name in given || !ownNames.has(name)))
}

const hasLoneSurrogate = (text: string) => Buffer.from(text).toString() !== text
const value = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.stringMatching(/^['"\\$`(){}\n\t !*?~#;&|<>=-]{0,20}$/),
  )
  .map((text) => text.replaceAll('\0', ''))
  .filter((text) => !hasLoneSurrogate(text))
const name = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/)
  .filter((text) => envNameProblem(text) === null)

const everyByte = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('')
const nasty = {
  QUOTES: `'"'\\''"`,
  SUBSTITUTION: '$(touch pwned) `touch pwned` ${HOME} $$ $1 "$@"',
  LINES: '\n\nline\r\n\ttab\n\n',
  EMPTY: '',
  EXPORT: "x\nexport EVIL='1'\n:",
  GLOB: '* ? [a-z] ~ ~root {a,b}',
  BACKSLASH: '\\ \\n \\\\ \\',
  UNICODE: 'héllo ✓ 𝄞 \u0085\u2028',
}

describe.each(shells)('values under $name', (shell) => {
  it('reach the agent byte for byte, whatever they are', { timeout: 60_000 }, async () => {
    const input = fc.tuple(
      fc.array(value, { maxLength: 20 }),
      fc.dictionary(name, value, { maxKeys: 20, noNullPrototype: true }),
    )
    const check = async ([args, env]: [string[], Record<string, string>]) => {
      const dump = await received(shell, args, env)
      expect(dump.argv).toEqual(args)
      expect(withoutOwn(dump.env, env)).toEqual(env)
    }
    await fc.assert(fc.asyncProperty(input, check), { numRuns: 12 })
  })

  it('reach it with every byte but NUL, in text or not', async () => {
    const env = { BYTES: everyByte, REVERSED: [...everyByte].reverse().join('') }
    const dump = await received(shell, [everyByte, env.REVERSED], env, { encoding: 'latin1' })
    expect(dump.argv).toEqual([everyByte, env.REVERSED])
    expect(withoutOwn(dump.env, env)).toEqual(env)
  })

  it('reach it when a shell would make something of them', async () => {
    const dump = await received(shell, [...Object.values(nasty), '-n', '--', '-e'], nasty)
    expect(dump.argv).toEqual([...Object.values(nasty), '-n', '--', '-e'])
    expect(withoutOwn(dump.env, nasty)).toEqual(nasty)
  })

  it('reach it at 100 kB, and as a 64 kB prompt', async () => {
    const env = { BIG: `'\n$x`.repeat(25_000), BIGGER: 'é'.repeat(50_000) }
    const prompt = `it's a "prompt"\n`.repeat(4_096)
    const dump = await received(shell, [prompt, prompt], env)
    expect(dump.argv).toEqual([prompt, prompt])
    expect(withoutOwn(dump.env, env)).toEqual(env)
  })

  it('are all that it gets: what leaked into the terminal does not', async () => {
    const leaked = {
      PATH: '/usr/bin:/bin',
      TERM: 'tmux-256color',
      TMUX: '/tmp/x,1,0',
      TMUX_PANE: '%1',
      CLAUDECODE: '1',
      SECRET: "a\nexport B='2'\ndeclare -x C=3\nPATH=/evil",
      OLDPWD: '/',
      LANG: 'C.UTF-8',
      team_dir: '/leak',
      team_id: 'leak',
      EMPTY: '',
    }
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', team_run: 'mine', IFS: 'x', ENV: '/nowhere' }
    const dump = await received(shell, ['a b'], env, { env: leaked })
    expect(withoutOwn(dump.env, env)).toEqual(env)
    expect(dump.env.TERM).toBe('tmux-256color')
    expect(dump.env.PWD).toBe(sandbox.dir)
    expect(dump.argv).toEqual(['a b'])
  })

  it('may say what TERM is, and leave out PATH', async () => {
    const dump = await received(shell, [], { TERM: 'dumb' })
    expect(withoutOwn(dump.env, {})).toEqual({})
    expect(dump.env.TERM).toBe('dumb')
  })

  it('may run a program whose name holds an equals sign', async () => {
    const odd = join(sandbox.dir, 'a=b')
    mkdirSync(odd)
    const argv = ['./a=b/../a=b/../../../../../../../../../../bin/sh', '-c', 'exit 21']
    expect((await startWrapper(shell, sandbox, { argv }).exited).code).toBe(21)
  })
})
