import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allProcesses, processesIn, type Seen } from '../support/census.ts'
import { nothingLeft, ok, pids } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

const mebibyte = 1024 * 1024
/** Lines to print: 34 MB with returns, or 17. */
const many = process.env.TEAM_TEST_FULL === '1' ? 4_000_000 : 2_000_000

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => sandbox.dispose())

const agentDir = () => join(sandbox.dir, '.team/agents/web/lead')

/** What is kept of the output, oldest first. The last write of all may be rotated away while it is read: then once more. */
function kept(): string {
  const paths = ['.2', '.1', ''].map((suffix) => join(agentDir(), `output.log${suffix}`))
  const places = () => paths.map((path) => statSync(path, { throwIfNoEntry: false })?.ino).join()
  for (;;) {
    const before = places()
    const text = paths.map((path) => (existsSync(path) ? readFileSync(path, 'latin1') : '')).join('')
    if (places() === before) return text
  }
}

/** Does the newest file end so? Looks at its end only, as this is asked often. */
function endsWith(text: string): boolean {
  // The last write of all may have filled the file, which is then rotated away.
  const path = ['output.log', 'output.log.1'].map((name) => join(agentDir(), name)).find(existsSync)
  if (path === undefined) return false
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return false // rotated away since: asked again
  }
  const bytes = Buffer.alloc(text.length)
  readSync(fd, bytes, 0, bytes.length, Math.max(0, fstatSync(fd).size - bytes.length))
  closeSync(fd)
  return bytes.toString() === text
}

/** Numbers that are not one more than the line before. */
function gaps(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const before = Number(lines[index - 1])
    return index === 0 || Number(line) === before + 1 ? [] : [`${line} after ${before}`]
  })
}

function loggers(): readonly Seen[] {
  return processesIn(sandbox).filter(({ args }) => args.includes('agent-logger.sh'))
}

/** Prints the numbers up to `last`, a line each, once the file `go` is there. */
const counter = (last: number) => ({
  command: `while [ ! -e go ]; do sleep 0.05; done; seq ${last}; echo end; exec sleep 1000`,
})

describe('the log of an agent that prints a lot', () => {
  it('is bounded, and holds the end of it without a gap or a line twice', async () => {
    writeTeam(sandbox, { 'web:lead': counter(many) })
    await ok(sandbox, ['up'])
    sandbox.write('go', '')
    let largest = 0
    await waitFor(
      'the end of the output',
      () => {
        const files = readdirSync(agentDir()).filter((name) => name.startsWith('output.log'))
        const sizes = files.map(
          (name) => statSync(join(agentDir(), name), { throwIfNoEntry: false })?.size ?? 0,
        )
        largest = Math.max(
          largest,
          sizes.reduce((sum, size) => sum + size, 0),
        )
        return endsWith('end\r\n')
      },
      60_000,
    )
    // Three files of 4 MiB, each of which may be one write too long.
    expect(largest).toBeLessThan(3 * (4 + 0.25) * mebibyte)
    const lines = kept().split('\r\n').slice(1, -2) // the oldest line may be cut
    expect(kept().length).toBeGreaterThan(8 * mebibyte)
    expect(gaps(lines)).toEqual([])
    expect(lines.at(-1)).toBe(String(many))
    const { stdout } = await ok(sandbox, ['logs', '--no-prefix', '-n', '1000'])
    expect(stdout).toBe(`${[...lines.slice(-999), 'end'].join('\n')}\n`)
  })

  it('is followed across rotations', async () => {
    const last = 1_200_000 // 10 MB: two rotations
    writeTeam(sandbox, { 'web:lead': counter(last) })
    await ok(sandbox, ['up'])
    const following = sandbox.start(['logs', '-f', '--no-prefix', '-n', String(last)])
    sandbox.write('go', '')
    await waitFor('the end of the output', () => following.stdout().endsWith('\nend\n'), 60_000)
    following.kill('SIGINT')
    expect((await following.done).code).toBe(130)
    const lines = following.stdout().split('\n').slice(0, -2)
    expect(gaps(lines)).toEqual([])
    expect([lines[0], lines.at(-1)]).toEqual(['1', String(last)])
    expect(existsSync(join(agentDir(), 'output.log.2'))).toBe(true)
  })

  it('is followed from its beginning, though there was nothing to watch yet', async () => {
    const last = 3_000_000 // 26 MB: six rotations
    const other = { command: 'echo hello; exec sleep 1000' }
    writeTeam(sandbox, { 'web:lead': counter(last), 'web:other': other })
    await ok(sandbox, ['up', 'web:other'])
    const following = sandbox.start(['logs', '-f', '--no-prefix', '-n', String(last)])
    await waitFor('what there is', () => following.stdout() === 'hello\n')
    await ok(sandbox, ['up'])
    sandbox.write('go', '')
    await waitFor('the end of the output', () => following.stdout().endsWith('\nend\n'), 60_000)
    following.kill('SIGINT')
    await following.done
    const lines = following.stdout().split('\n').slice(1, -2)
    expect(gaps(lines)).toEqual([])
    expect([lines[0], lines.at(-1)]).toEqual(['1', String(last)])
  })

  it('reaches a reader that takes its time', async () => {
    writeTeam(sandbox, { 'web:lead': counter(100_000) })
    await ok(sandbox, ['up'])
    sandbox.write('go', '')
    await waitFor('the end of the output', () => endsWith('end\r\n'))
    const slowly = { under: ['sh', '-c', '"$@" | { sleep 0.5; cat; }', 'sh'] }
    for (const args of [['--no-prefix'], ['--json'], ['--raw']]) {
      const { stdout } = await sandbox.team(['logs', ...args], slowly)
      expect(stdout.split('\n').length, args[0]).toBe(100_002)
    }
  })
})

describe('the log writer', () => {
  it('ends with its agent, and with the team', async () => {
    writeTeam(sandbox, { 'web:lead': sleeper, 'web:other': sleeper })
    await ok(sandbox, ['up'])
    expect(loggers().length).toBeGreaterThanOrEqual(2)
    await ok(sandbox, ['down', 'web:other'])
    expect(new Set(loggers().map(({ args }) => /agents\/web\/(\w+)/.exec(args)?.[1]))).toEqual(
      new Set(['lead']),
    )
    await ok(sandbox, ['down'])
    expect(loggers()).toEqual([])
    await nothingLeft(sandbox)
  })

  it('goes on with the next up where its logger was killed, beside the same agent', async () => {
    const echo = { command: 'stty -echo; while read -r line; do echo "<$line>"; done' }
    writeTeam(sandbox, { 'web:lead': echo })
    await ok(sandbox, ['up', '--wait'])
    const before = await pids(sandbox)
    const say = (text: string) => ok(sandbox, ['keys', 'lead', text, 'Enter'])
    await say('a')
    await waitFor('the first', () => kept().includes('<a>'))
    const server = knownPid(Number(sandbox.tmux('acme', ['display-message', '-p', '#{pid}'])))
    const isLogger = ({ args, ppid }: Seen) => ppid === server && args.includes('agent-logger.sh')
    const { pid: logger } = processesIn(sandbox).find(isLogger) ?? expect.fail('no logger')
    // Stopped, it waits for none of its children: whichever ends by itself is still there to be killed.
    process.kill(logger, 'SIGSTOP')
    for (const { pid } of processesIn(sandbox).filter(({ ppid }) => ppid === logger))
      process.kill(pid, 'SIGKILL')
    process.kill(logger, 'SIGKILL')
    await say('b')
    const piped = () => sandbox.tmux('acme', ['list-panes', '-a', '-F', '#{pane_pipe}']).trim()
    await waitFor('tmux to see it', () => piped() === '0')
    await ok(sandbox, ['up'])
    await say('c')
    await waitFor('the last', () => kept().includes('<c>'))
    expect(await pids(sandbox)).toEqual(before)
    await ok(sandbox, ['down'])
    await nothingLeft(sandbox)
  })

  it('takes no more than 2 MB, and no time while nothing is printed', async () => {
    writeTeam(sandbox, { 'web:lead': { command: 'echo hello; exec sleep 1000' } })
    await ok(sandbox, ['up'])
    const [logger] = await waitFor('the output', () => kept().includes('hello') && loggers())
    const family = () => allProcesses().filter(({ pid, ppid }) => pid === logger?.pid || ppid === logger?.pid)
    // Once it waits for more: a shell, and the `dd` that reads.
    const before = await waitFor('the writer to be idle', () => {
      const found = family()
      return found.length === 2 && found.some(({ args }) => args.startsWith('dd ')) && found
    })
    expect(before.reduce((sum, { pid }) => sum + kibibytes(pid), 0)).toBeLessThan(2 * 1024)
    const times = () => family().map(({ pid }) => `${pid} ${cpuTime(pid)}`)
    const idle = times()
    await new Promise((resolve) => setTimeout(resolve, 1_500)) // what is measured is that nothing happens
    expect(times()).toEqual(idle)
  })
})

/** Its share of memory. */
function kibibytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])
}

/** In clock ticks, its ended children included. */
function cpuTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .join(' ')
}

it('holds the runs one after the other: what was said last stands before what is said first', async () => {
  // Says what it was told to, and its last words when it is asked to end.
  const script = (run: number) =>
    `trap 'echo last words of ${run}; exit 0' INT; echo first word of ${run}; while :; do echo run ${run}; sleep 0.05; done`
  for (const run of [1, 2, 3]) {
    writeTeam(sandbox, { 'web:lead': { command: script(run) } })
    await ok(sandbox, ['reload'])
    await waitFor('some output', () => kept().includes(`run ${run}\r\n`))
  }
  await ok(sandbox, ['down'])
  const runs = kept()
    .split('\r\n')
    .flatMap((line) => /(?:run|word of|words of) (\d)/.exec(line)?.[1] ?? [])
  expect(runs.join('')).toMatch(/^1+2+3+$/)
  for (const run of [1, 2, 3])
    expect(kept()).toMatch(new RegExp(`first word of ${run}\\r\\n[\\s\\S]*last words of ${run}\\r\\n`))
})
