import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ExitCode, TeamError } from '../errors.ts'
import { systemClock } from '../io/clock.ts'
import { capture } from '../io/exec.ts'
import { linuxProcesses, type Processes } from '../io/processes.ts'
import { errorJson, errorText } from '../view/errors.ts'
import { createStyle, plainStyle, type Style, wantsColor } from '../view/style.ts'
import type { Output } from './context.ts'
import { listenForInterrupts } from './interrupt.ts'
import { buildProgram, type World } from './program.ts'

/** The only place that touches the process: streams, signals, exit. */
async function main(): Promise<void> {
  const argv = process.argv.slice(2)
  const debug = argv.includes('--debug')
  const noColorFlag = argv.includes('--no-color')
  const style = (stream: NodeJS.WriteStream) =>
    createStyle({ color: wantsColor({ noColorFlag, env: process.env, isTty: stream.isTTY === true }) })
  const [outStyle, errorStyle] = await Promise.all([style(process.stdout), style(process.stderr)])
  ignoreClosedPipes()
  try {
    const result = await buildProgram(world(outStyle, errorStyle)).run(argv)
    await finish(result.text, result.exitCode)
  } catch (error) {
    await fail(error, argv, errorStyle, debug)
  }
}

function world(style: Style, errorStyle: Style): World {
  return {
    env: process.env,
    cwd: currentDirectory(),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
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
    signal: (target, signal) => now().signal(target, signal),
  }
}

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      stream.write(text)
    },
    isTty: stream.isTTY === true,
    columns: () => stream.columns ?? 0,
    rows: () => stream.rows ?? 0,
  }
}

/** `team logs | head` ends when head has enough: that is no error. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? ExitCode.ok : ExitCode.failed),
    )
  }
}

async function fail(error: unknown, argv: readonly string[], style: Style, debug: boolean): Promise<void> {
  const code = error instanceof TeamError ? error.exitCode : ExitCode.failed
  process.stderr.write(`${errorText(error, { style, debug })}\n`)
  const json = argv.includes('--json') ? `${JSON.stringify(errorJson(error))}\n` : ''
  await finish(json, code)
}

/** Exits once everything is written: leaving it to the event loop costs a command several ms. */
function finish(text: string, code: number): Promise<void> {
  return new Promise(() => {
    const leave = () => process.exit(code)
    if (text === '') leave()
    else process.stdout.write(text, leave)
  })
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error, { style: plainStyle, debug: true })}\n`)
  process.exit(ExitCode.failed)
})
