import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { ExitCode, TeamError } from '../errors.ts'
import { systemClock } from '../io/clock.ts'
import { capture } from '../io/exec.ts'
import { linuxProcesses, type Processes } from '../io/processes.ts'
import { errorJson, errorText } from '../view/errors.ts'
import { createStyle, plainStyle, type Style, wantsColor } from '../view/style.ts'
import type { Output } from './context.ts'
import { listenForInterrupts } from './interrupt.ts'
import { bareCommand, bareLine, invoke, type ProgramResult, type World } from './invoke.ts'

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
  try {
    const { text, exitCode } = await run(argv, world(outStyle, errorStyle))
    await finish(text, exitCode)
  } catch (error) {
    await fail(error, argv, errorStyle, debug)
  }
}

async function run(argv: readonly string[], world: World): Promise<ProgramResult> {
  const bare = bareCommand(argv)
  if (bare !== null) return invoke(bare, bareLine, world)
  const { runProgram } = await import('./program.ts')
  return runProgram(argv, world)
}

function world(style: Style, errorStyle: Style): World {
  return {
    // A plain copy: each look at process.env itself is a call into the C library.
    env: { ...process.env },
    cwd: currentDirectory(),
    stdout: output(1, () => process.stdout),
    stderr: output(2, () => process.stderr),
    readStdin: () => readFileSync(0, 'utf8'),
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
  const loaded = import('../io/processes-ps.ts').then(({ psProcesses }) =>
    psProcesses(capture, ([file = 'ps', ...args]) => execFileSync(file, args, { encoding: 'utf8' })),
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
    carriers: async (name, values) => (await loaded).carriers(name, values),
    find: (pid) => now().find(pid),
    commandLine: (pid) => now().commandLine(pid),
    signal: (target, signal) => now().signal(target, signal),
  }
}

/** The stream is made at the first use, which takes a ms that most commands need not spend on stderr. */
function output(fd: number, stream: () => NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      guarded(stream()).write(text)
    },
    isTty: isatty(fd),
    columns: () => stream().columns ?? 0,
    rows: () => stream().rows ?? 0,
  }
}

/** `team logs | head` ends when head has enough: that is no error. */
function guarded(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (stream.listenerCount('error') > 0) return stream
  return stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? ExitCode.ok : ExitCode.failed),
  )
}

async function fail(error: unknown, argv: readonly string[], style: Style, debug: boolean): Promise<void> {
  const code = error instanceof TeamError ? error.exitCode : ExitCode.failed
  guarded(process.stderr).write(`${errorText(error, { style, debug })}\n`)
  const json = argv.includes('--json') ? `${JSON.stringify(errorJson(error))}\n` : ''
  await finish(json, code)
}

/** Exits once everything is written: leaving it to the event loop costs a command several ms. */
function finish(text: string, code: number): Promise<void> {
  return new Promise(() => {
    const leave = () => process.exit(code)
    if (text === '') leave()
    else guarded(process.stdout).write(text, leave)
  })
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error, { style: plainStyle, debug: true })}\n`)
  process.exit(ExitCode.failed)
})
