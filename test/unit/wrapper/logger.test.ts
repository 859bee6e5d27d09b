import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readText, shells, templates, until } from './harness.ts'

const rotateAt = 4_194_304
/** The largest piece that is written at once, and so the most that a file can exceed the limit by. */
const pieceSize = 262_144

let root: string
let dir: string
let bin: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "team logger's-"))
  dir = join(root, 'lead')
  bin = join(root, 'bin')
  mkdirSync(dir)
  mkdirSync(bin)
})
afterEach(() => {
  for (const logger of started.splice(0)) logger.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

/** Killed after the test, if it has failed. */
const started: ChildProcess[] = []

/** Puts a program of this name in front of the real one. */
function replaceProgram(name: string, script: string) {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`

function startLogger(shell: (typeof shells)[number], directory = dir) {
  const [program, ...args] = shell.argv
  const script = `set -- ${quoted(directory)}; . ${quoted(join(templates, 'agent-logger.sh'))}`
  const child = spawn(program, [...args, '-c', script], {
    // As tmux calls it: bash under its own name takes a socket on stdin for a login from afar and reads ~/.bashrc.
    ...(program === '/bin/bash' ? { argv0: 'sh' } : {}),
    env: { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  started.push(child)
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
  /** Resolves when all is handed over, so that no more than a pipe's worth waits. */
  const write = (bytes: Buffer | string) =>
    new Promise<void>((resolve, reject) =>
      child.stdin.write(bytes, (error) => (error ? reject(error) : resolve())),
    )
  return { write, end: () => child.stdin.end(), exited }
}

const log = (suffix = '') => join(dir, `output.log${suffix}`)
const index = (suffix = '') => join(dir, `output.idx${suffix}`)
const contains = (text: string) => until(log(), () => (readText(log()).includes(text) ? true : undefined))
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe.each(shells)('the logger under $name', (shell) => {
  it('writes what comes when it comes, and ends with its input', async () => {
    const logger = startLogger(shell)
    await logger.write('no newline yet')
    await contains('no newline yet')
    await logger.write(Buffer.from([0, 1, 0xff, 0x0a, 0x80]))
    logger.end()
    expect(await logger.exited).toBe(0)
    expect(readFileSync(log())).toEqual(Buffer.from('no newline yet\x00\x01\xff\n\x80', 'latin1'))
  })

  it('makes files that nobody else can read, whatever the umask is', async () => {
    const before = process.umask(0)
    const logger = startLogger(shell)
    process.umask(before)
    await logger.write('a secret\n')
    logger.end()
    await logger.exited
    expect([log(), index()].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600])
  })

  it('keeps an index of times that ends with the size', async () => {
    const before = Math.floor(Date.now() / 1_000)
    const logger = startLogger(shell)
    for (const text of ['one\n', 'two\n', 'three\n']) {
      await logger.write(text)
      await contains(text)
    }
    logger.end()
    await logger.exited
    const lines = readText(index()).trimEnd().split('\n')
    const entries = lines.map((line) => line.split(' ').map(Number))
    for (const [time = 0] of entries) {
      expect(time).toBeGreaterThanOrEqual(before)
      expect(time).toBeLessThanOrEqual(Date.now() / 1_000)
    }
    expect(entries.map(([, size]) => size)).toEqual([4, 8, 14])
  })

  it('goes on where the last one ended', async () => {
    writeFileSync(log(), 'before\n')
    const logger = startLogger(shell)
    await logger.write('after\n')
    logger.end()
    await logger.exited
    expect(readText(log())).toBe('before\nafter\n')
    expect(readText(index())).toMatch(/^\d+ 13\n$/)
  })

  it('rotates log and index together, losing and doubling nothing', { timeout: 60_000 }, async () => {
    // What falls out at the end is kept here, so that every byte can be counted.
    replaceProgram(
      'mv',
      'case $2 in output.log.1) [ ! -e output.log.2 ] || cat output.log.2 >>old ;; esac; exec /bin/mv "$@"',
    )
    const sent = Buffer.alloc(5 * rotateAt)
    for (let i = 0; i < sent.length; i += 4) sent.writeUInt32LE(i, i)
    const logger = startLogger(shell)
    const sizes = [1, 17, 4_096, 70_000, 300_000]
    for (let at = 0, n = 0; at < sent.length; n += 1) {
      const size = sizes[n % sizes.length] ?? 1
      await logger.write(sent.subarray(at, at + size))
      at += size
    }
    logger.end()
    expect(await logger.exited).toBe(0)
    const files = [join(dir, 'old'), log('.2'), log('.1'), log()].filter(existsSync)
    expect(sha(Buffer.concat(files.map((file) => readFileSync(file))))).toBe(sha(sent))
    for (const suffix of ['.1', '.2']) {
      const size = readFileSync(log(suffix)).length
      expect(size).toBeGreaterThanOrEqual(rotateAt)
      expect(size).toBeLessThan(rotateAt + pieceSize)
      expect(readText(index(suffix)).trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^\\d+ ${size}$`))
    }
  })

  it('throws away what a full disk does not take, and writes again when it does', async () => {
    const clock = join(root, 'now')
    writeFileSync(clock, '1000')
    replaceProgram('date', `cat ${quoted(clock)}`)
    replaceProgram('sleep', 'exit 0')
    symlinkSync('/dev/full', log())
    const logger = startLogger(shell)
    await logger.write('lost')
    await logger.write(Buffer.alloc(2_000_000)) // more than any pipe holds: it is read
    rmSync(log())
    writeFileSync(clock, '1011')
    // The piece that it was waiting for before the clock went on is thrown away as well.
    const feed = setInterval(() => logger.write('kept\n'), 20)
    await contains('kept\n')
    clearInterval(feed)
    logger.end()
    expect(await logger.exited).toBe(0)
    const last = readText(index()).trimEnd().split('\n').at(-1)
    expect(last).toBe(`1011 ${readText(log()).length}`)
    expect(readText(log())).not.toContain('lost')
  })

  it.each([
    ['its directory is missing', () => join(root, 'missing')],
    ['its directory is a file', () => log('')],
  ])('reads on when %s', async (_, directory) => {
    writeFileSync(log(), '')
    const logger = startLogger(shell, directory())
    await logger.write(Buffer.alloc(2_000_000))
    logger.end()
    expect(await logger.exited).toBe(0)
  })

  it('reads on when it may not write', async () => {
    replaceProgram('date', 'echo 1000')
    mkdirSync(log())
    const logger = startLogger(shell)
    await logger.write(Buffer.alloc(2_000_000))
    logger.end()
    expect(await logger.exited).toBe(0)
  })
})
