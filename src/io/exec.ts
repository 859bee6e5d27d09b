import { spawn } from 'node:child_process'

export interface ExecResult {
  /** null: ended by a signal, or never started. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
  /** System error code when the program could not be started (`ENOENT` …). */
  readonly startError: string | null
}

interface ExecOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly input?: string
  /** In place of `input`: the program is started now and told later; its time counts from then on. */
  readonly later?: Promise<string>
  /** ms; the program is killed with SIGKILL when it takes longer. */
  readonly timeoutMs: number
  /** Aborting kills it with SIGKILL, whether it was told its input or not. */
  readonly signal?: AbortSignal
}

export type Exec = (argv: readonly [string, ...string[]], options: ExecOptions) => Promise<ExecResult>

/**
 * Runs a program and captures its output; never rejects. Plain child_process, because every `ps` passes
 * here and importing execa costs as much as the whole command.
 */
export const capture: Exec = ([file, ...args], options) =>
  new Promise((resolve) => {
    const { input, later } = options
    // Each pipe costs a quarter of a ms: no pipe where there is nothing to say.
    const stdin = input === undefined && later === undefined ? 'ignore' : 'pipe'
    const child = spawn(file, args, { env: options.env, cwd: options.cwd, stdio: [stdin, 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const finish = (code: number | null, startError: string | null) => {
      clearTimeout(timer)
      resolve({ code, stdout, stderr, timedOut, startError })
    }
    let timer: NodeJS.Timeout | undefined
    const kill = () => {
      child.kill('SIGKILL')
      // A grandchild that holds the pipes would keep 'close' from ever firing.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    const begin = (text: string | undefined) => {
      timer = setTimeout(() => {
        timedOut = true
        kill()
      }, options.timeoutMs)
      child.stdin?.end(text)
    }
    options.signal?.addEventListener('abort', kill, { once: true })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    // The program may end before it has read its input.
    child.stdin?.on('error', () => undefined)
    if (later === undefined) begin(input)
    else void later.then(begin)
    child.on('error', (error: NodeJS.ErrnoException) => finish(null, error.code ?? error.message))
    child.on('close', (code) => finish(code, null))
  })

/** How a program that had the terminal ended. */
export interface InteractiveResult {
  readonly code: number | null
  readonly signal: string | null
  readonly startError: string | null
}

/** Runs a program on this process's own terminal; exit code and signal as it ended. Never rejects. */
export async function interactive(
  argv: readonly [string, ...string[]],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<InteractiveResult> {
  const { execa } = await import('execa')
  const [file, ...args] = argv
  const result = await execa(file, args, {
    stdio: 'inherit',
    env: options.env,
    extendEnv: false,
    cwd: options.cwd,
    reject: false,
  })
  return {
    code: result.exitCode ?? null,
    signal: result.signal ?? null,
    startError:
      result.exitCode === undefined && result.signal === undefined ? (result.code ?? 'unknown') : null,
  }
}
