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

describe('commands for tmux', () => {
  const sessions = () =>
    sandbox.tmux('acme', ['list-sessions', '-F', '#{session_name}']).trim().split('\n').sort()

  it('are carried out, one after the other, also after one that fails', async () => {
    const reply = await server(capture).boot(
      ['start-server'],
      [
        ['kill-session', '-t', '=none:'],
        ['new-session', '-d', '-s', 'a', 'sleep 100'],
        ['new-session', '-d', '-s', 'ab', 'sleep 100'],
      ],
      32,
    )
    expect(reply.errors).toHaveLength(1)
    expect(sessions()).toEqual(['a', 'ab'])
  })

  it.each([1, 8, 11, 30])('are not carried out at all when the last %i bytes are missing', async (bytes) => {
    const start = ['a', 'ab', 'abc'].map((name) => ['new-session', '-d', '-s', name, 'sleep 100'])
    await server(capture).boot(['start-server'], start, 32)
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
