import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { capture, type Exec } from '../../src/io/exec.ts'
import { createTmuxServer } from '../../src/terminal/tmux-server.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const server = (exec: Exec) =>
  createTmuxServer({ binary: 'tmux', socketName: 'team-acme', env: sandbox.env, exec, timeoutMs: 10_000 })

/** Reaches tmux without its last bytes, as from a command that is killed while it writes. */
const cutBy =
  (bytes: number): Exec =>
  (argv, options) =>
    capture(
      argv,
      options.input === undefined ? options : { ...options, input: options.input.slice(0, -bytes) },
    )

const sessions = () =>
  sandbox.tmux('acme', ['list-sessions', '-F', '#{session_name}']).trim().split('\n').sort()

const session = (name: string) => ['new-session', '-d', '-s', name, 'sleep 100']

describe('a process that was started before its commands are known', () => {
  const calls: (readonly string[])[] = []
  const counting: Exec = (argv, options) => {
    calls.push(argv)
    return capture(argv, options)
  }
  beforeEach(() => {
    calls.length = 0
  })

  it('carries them out, and so does the next one without it', async () => {
    const tmux = server(counting)
    tmux.prepareBoot(['start-server'], 32)
    await tmux.boot(['start-server'], [session('a')], 32)
    expect(calls).toHaveLength(1)
    expect((await tmux.boot(['start-server'], [session('b')], 32)).ok).toBe(true)
    expect(calls).toHaveLength(2)
    expect(sessions()).toEqual(['a', 'b'])
  })

  it('is replaced when it has ended meanwhile', async () => {
    let over: Promise<unknown> = Promise.resolve()
    const watching = server((argv, options) => {
      const result = counting(argv, options)
      over = result
      return result
    })
    watching.prepareBoot(['no-such-command'], 32)
    await over
    await new Promise(setImmediate) // what has been waiting for it knows
    await watching.boot(['start-server'], [session('a')], 32)
    expect(calls).toHaveLength(2)
    expect(sessions()).toEqual(['a'])
  })

  it('is replaced when it was refused the files that it was started for', async () => {
    const tmux = server(counting)
    tmux.prepareBoot(['start-server'], 1_000_000_000)
    expect((await tmux.boot(['start-server'], [session('a')], 32)).ok).toBe(true)
    expect(sessions()).toEqual(['a'])
    await expect(tmux.boot(['start-server'], [session('b')], 1_000_000_000)).rejects.toThrow('open files')
  })
})

describe('commands for tmux', () => {
  it('are carried out, one after the other, also after one that fails', async () => {
    const reply = await server(capture).boot(
      ['start-server'],
      [['kill-session', '-t', '=none:'], session('a'), session('ab')],
      32,
    )
    expect(reply.errors).toHaveLength(1)
    expect(sessions()).toEqual(['a', 'ab'])
  })

  it.each([1, 8, 11, 30])('are not carried out at all when the last %i bytes are missing', async (bytes) => {
    await server(capture).boot(['start-server'], ['a', 'ab', 'abc'].map(session), 32)
    // A part of these would end `a`, whose name is the beginning of another's.
    const reply = await server(cutBy(bytes)).source([
      ['kill-session', '-t', '=abc'],
      ['kill-session', '-t', '=ab'],
    ])
    // Without its last newline the text is whole.
    expect(sessions()).toEqual(bytes === 1 ? ['a'] : ['a', 'ab', 'abc'])
    expect(reply.ok).toBe(bytes === 1)
  })
})
