import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createSandbox,
  journal,
  launchIn,
  readText,
  restartPolicy,
  type Sandbox,
  shells,
  until,
  writeFiles,
} from './harness.ts'

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.remove())

/** Runs the wrapper in a pseudo-terminal, which `script` makes. */
function inTerminal(shell: (typeof shells)[number], argv: readonly string[], restart = restartPolicy('no')) {
  if (!existsSync('/usr/bin/script')) throw new Error('script(1) is missing: no terminal to test in')
  const wrapper = writeFiles(sandbox, launchIn(sandbox, { argv, restart }))
  const command = `exec ${shell.argv.join(' ')} '${wrapper}' '${sandbox.agentDir}'`
  const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'xterm', SHELL: '/bin/sh' },
  })
  sandbox.adopt(child)
  const chunks: string[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { type: (text: string) => child.stdin.write(text), output: () => chunks.join(''), exited }
}

const ready = () => {
  const file = join(sandbox.dir, 'ready')
  return until(file, () => (existsSync(file) ? true : undefined))
}

describe.each(shells)('a terminal under $name', (shell) => {
  it('brings Ctrl-C to the agent, and only there', async () => {
    const argv = ['sh', '-c', 'trap "exit 42" INT; : >ready; while :; do sleep 0.1; done']
    const terminal = inTerminal(shell, argv)
    await ready()
    terminal.type('\x03')
    expect(await terminal.exited).toBe(42)
    expect(readText(journal(sandbox))).toMatch(/^start 1 \d+\nexit 1 42 -\n$/)
  })

  it('is what the agent reads from', async () => {
    const terminal = inTerminal(shell, ['sh', '-c', ': >ready; read -r line; [ -t 0 ] && echo "got $line"'])
    await ready()
    terminal.type('hello\r')
    expect(await terminal.exited).toBe(0)
    expect(terminal.output()).toContain('got hello\r\n')
  })

  it('is made readable again before the wrapper says something', async () => {
    const argv = ['sh', '-c', String.raw`stty raw -echo; printf '\033[?1049h\033[?1000h\033[?25l'; exit 3`]
    const terminal = inTerminal(shell, argv, restartPolicy('on-failure', 1))
    expect(await terminal.exited).toBe(3)
    const [first = '', second = ''] = terminal.output().split('team: web:lead ended (exit 3)')
    expect(first.endsWith('\x1b[?1049;1000;1002;1003;1006;2004l\x1b[?25h\x1b[m\x1b]2;\x1b\\\r')).toBe(true)
    expect(second.startsWith('; restarting in 5ms (1 of 1)\r\n')).toBe(true)
  })
})
