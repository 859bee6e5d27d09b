import { closeSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { ExitCode, TeamError } from '../errors.ts'
import { systemClock } from '../io/clock.ts'
import { capture } from '../io/exec.ts'
import { linuxProcesses, type Processes } from '../io/processes.ts'
import { errorJson, errorText } from '../view/errors.ts'
import { createStyle, plainStyle, type Style, wantsColor } from '../view/style.ts'
import type { Output } from './context.ts'
import { listenForInterrupts } from './interrupt.ts'
import { invoke, type ProgramResult, type World } from './invoke.ts'
import { plainLine } from './plain-line.ts'
import { readStdinBytes, utf8Text } from './stdin.ts'

/** The only place that touches the process: streams, signals, exit. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  const debug = argv.includes('--debug')
  const noColorFlag = argv.includes('--no-color')
  const color = (fd: number) => wantsColor({ noColorFlag, env: process.env, isTty: isatty(fd) })
  const [outStyle, errorStyle] = await Promise.all([
    createStyle({ color: color(1) }),
    createStyle({ color: color(2) }),
  ])
  const sinks = {
    stdout: sink(1, () => process.stdout, resultsLost),
    stderr: sink(2, () => process.stderr, progressLost),
  }
  try {
    const { text, exitCode } = await run(argv, world(sinks, outStyle, errorStyle))
    if (text !== '') sinks.stdout.write(text)
    finish(exitCode, sinks)
  } catch (error) {
    sinks.stderr.write(`${errorText(error, { style: errorStyle, debug })}\n`)
    if (argv.includes('--json')) sinks.stdout.write(`${JSON.stringify(errorJson(error))}\n`)
    finish(error instanceof TeamError ? error.exitCode : ExitCode.failed, sinks)
  }
}

interface Sinks {
  readonly stdout: Output
  readonly stderr: Output
}

/** As docker, git and tmux spell it. */
const versionFlags: readonly string[] = ['--version', '-v', '-V']

async function run(words: readonly string[], world: World): Promise<ProgramResult> {
  const [first = '', ...rest] = words
  const argv = versionFlags.includes(first) ? ['version', ...rest] : words
  const plain = plainLine(argv)
  if (plain !== null) return invoke(plain.spec, plain.line, world)
  const { runProgram } = await import('./program.ts')
  return runProgram(argv, world)
}

function world({ stdout, stderr }: Sinks, style: Style, errorStyle: Style): World {
  let stdin: string | null = null
  return {
    // A plain copy: each look at process.env itself is a call into the C library.
    env: { ...process.env },
    cwd: currentDirectory(),
    stdout,
    stderr,
    // A compose file on it may be asked for twice.
    readStdin: () => {
      stdin ??= utf8Text(readStdinBytes(), 'standard input')
      return stdin
    },
    readStdinBytes,
    stdin: () => process.stdin,
    style,
    errorStyle,
    clock: systemClock,
    processes: hostProcesses,
    interrupt: listenForInterrupts(process),
  }
}

function currentDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return process.env.PWD ?? '/' // deleted under us
  }
}

const hostProcesses: Processes = process.platform === 'linux' ? linuxProcesses : lazyPs()

/** Where there is no /proc. Loaded at the first use: Linux never needs it. */
function lazyPs(): Processes {
  const loaded = import('../io/processes-ps.ts').then(({ psProcesses, psOutput }) =>
    psProcesses(capture, psOutput),
  )
  let ready: Processes | null = null
  loaded.then((processes) => {
    ready = processes
  })
  const now = (): Processes => {
    if (ready === null) throw new TeamError('internal', 'the process table was asked for too early')
    return ready
  }
  return {
    scan: async () => (await loaded).scan(),
    descendants: async (roots) => (await loaded).descendants(roots),
    children: async (pid, others) => (await loaded).children(pid, others),
    carriers: async (name, among) => (await loaded).carriers(name, among),
    find: (pid) => now().find(pid),
    commandLine: (pid) => now().commandLine(pid),
    openFiles: (pid) => now().openFiles(pid),
    startedAt: (process) => now().startedAt(process),
    signal: (target, signal) => now().signal(target, signal),
  }
}

/** The stream is made at the first use, which takes a ms that most commands need not spend on stderr. */
function sink(
  fd: number,
  stream: () => NodeJS.WriteStream,
  failed: (error: NodeJS.ErrnoException) => void,
): Output {
  let pending: Promise<void> = Promise.resolve()
  return {
    write: (text) => {
      const out = stream()
      if (out.listenerCount('error') === 0) out.on('error', failed)
      const written = new Promise<void>((resolve) => out.write(text, () => resolve()))
      pending = Promise.all([pending, written]).then(() => undefined)
    },
    drained: () => pending,
    isTty: isatty(fd),
    columns: () => stream().columns ?? 0,
    rows: () => stream().rows ?? 0,
  }
}

/** `team logs | head` ends when head has enough: that is no error. Results that cannot be written are one. */
function resultsLost(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') exit(ExitCode.ok)
  try {
    writeSync(2, `team: cannot write the result: ${error.message}\n`)
  } catch {
    // Nor can it be told.
  }
  exit(ExitCode.failed)
}

/** Nobody reads the progress, or its disk is full: what is being done to the agents goes on. */
function progressLost(): void {}

/** Exits once everything is written: leaving it to the event loop costs a command several ms. */
function finish(code: number, { stdout, stderr }: Sinks): void {
  const leave = () => exit(code)
  // A reader that takes its time does not hold whoever presses Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave)
  void Promise.all([stdout.drained(), stderr.drained()]).then(leave)
}

const terminals = [0, 1, 2].filter((fd) => isatty(fd))

/** Node sets every terminal back to how it found it, and aborts over one that is gone by then: those are closed first. */
function exit(code: number): never {
  for (const fd of terminals) {
    try {
      if (!isatty(fd)) closeSync(fd)
    } catch {
      // It is closed already.
    }
  }
  process.exit(code)
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error, { style: plainStyle, debug: true })}\n`)
  exit(ExitCode.failed)
})
