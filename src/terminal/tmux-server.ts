import { TeamError } from '../errors.ts'
import type { Exec, ExecResult } from '../io/exec.ts'
import { tmuxLine } from './tmux-quote.ts'

/** One tmux server, and how to reach it. The only maker of tmux command lines. */
export interface TmuxServer {
  /** For people: `tmux -L team-acme`. */
  readonly address: string
  /** Complete command line for `args`; for programs that need the terminal (attach). */
  argv(args: readonly string[]): readonly [string, ...string[]]
  /** Environment of every tmux client: scrubbed, since a starting server inherits it. */
  readonly env: Readonly<Record<string, string>>
  /** One tmux process. @throws TeamError `tmux-missing`, `tmux-timeout`, `tmux-protocol` */
  call(args: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<TmuxReply>
  /** One tmux process for many commands. They go on after a failing one, whose message is in `errors`. */
  source(commands: readonly (readonly string[])[], before?: readonly string[]): Promise<TmuxReply>
}

export interface TmuxReply {
  readonly ok: boolean
  /** False when no server runs at this address. */
  readonly serverRunning: boolean
  readonly stdout: string
  /** Lines that tmux wrote to stderr. */
  readonly errors: readonly string[]
}

/** Variables of the caller that a tmux client may see. Nothing else: a server keeps its first client's environment for ever. */
const clientVariables = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TMUX_TMPDIR',
]

export function tmuxEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const scrubbed: Record<string, string> = {}
  for (const name of clientVariables) {
    const value = env[name]
    if (value !== undefined) scrubbed[name] = value
  }
  return scrubbed
}

export interface TmuxServerOptions {
  /** The tmux program. */
  readonly binary: string
  /** Name of a private socket below TMUX_TMPDIR. */
  readonly socketName: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly exec: Exec
  /** ms for one call; a hung server must not hang us. */
  readonly timeoutMs: number
}

export function createTmuxServer(options: TmuxServerOptions): TmuxServer {
  if (options.socketName === 'default' || options.socketName === '') {
    throw new RangeError('refusing the default tmux socket: it is the user’s own')
  }
  const env = tmuxEnvironment(options.env)
  // -u: without a UTF-8 locale tmux would replace what it prints. -f: the user's own configuration neither breaks nor is needed.
  const prefix: readonly [string, ...string[]] = [
    options.binary,
    '-L',
    options.socketName,
    '-u',
    '-f',
    '/dev/null',
  ]
  const address = `${options.binary} -L ${options.socketName}`
  const argv: TmuxServer['argv'] = (args) => [...prefix, ...args]
  const call: TmuxServer['call'] = async (args, extra = {}) => {
    // cwd "/": a server started from here must not hold a directory that may be deleted.
    const timeoutMs = extra.timeoutMs ?? options.timeoutMs
    const base = { env, cwd: '/', timeoutMs }
    const result = await options.exec(
      argv(args),
      extra.input === undefined ? base : { ...base, input: extra.input },
    )
    return classify(result, address, options.binary, timeoutMs)
  }
  return {
    address,
    argv,
    env,
    call,
    source: (commands, before = []) => {
      const chain = before.length === 0 ? [] : [...before, ';']
      return call([...chain, 'source-file', '-'], {
        input: commands.map((command) => `${tmuxLine(command)}\n`).join(''),
        timeoutMs: options.timeoutMs + commands.length * perCommandMs,
      })
    },
  }
}

/** A session takes about 15 commands and, on a loaded machine, up to 100 ms. */
const perCommandMs = 10

const noServer = [
  /^no server running on /,
  /^error connecting to .*\((No such file or directory|Connection refused)\)$/,
]

/** Only stderr decides: stdout may hold anything that an agent printed. */
function classify(result: ExecResult, address: string, binary: string, timeoutMs: number): TmuxReply {
  if (result.startError !== null) {
    throw new TeamError('tmux-missing', `cannot run ${binary}: ${result.startError}`, {
      hint: 'install tmux 3.2 or newer (apt install tmux, brew install tmux), then run: team doctor',
    })
  }
  const errors = result.stderr.split('\n').filter((line) => line !== '')
  if (result.timedOut) {
    throw new TeamError('tmux-timeout', `tmux did not answer within ${timeoutMs / 1000}s (${address})`, {
      hint: `the server may be stopped or overloaded; look at it with: ${address} list-sessions`,
      details: errors,
    })
  }
  if (errors.some((line) => line.includes('protocol version mismatch'))) {
    throw new TeamError('tmux-protocol', `the running tmux server is of another version than ${binary}`, {
      hint: 'stop the team with the tmux that started it, or put that tmux first in PATH',
      details: errors,
    })
  }
  const absent = errors.some((line) => noServer.some((pattern) => pattern.test(line)))
  return { ok: result.code === 0, serverRunning: !absent, stdout: result.stdout, errors }
}

/** @throws TeamError `tmux-failed` unless the reply is good. */
export function expectOk(reply: TmuxReply, doing: string, address: string): TmuxReply {
  if (reply.ok) return reply
  throw new TeamError('tmux-failed', `tmux failed while ${doing}: ${reply.errors[0] ?? 'no message'}`, {
    hint: failureHint(reply.errors[0] ?? '', address),
    details: reply.errors.slice(1),
  })
}

function failureHint(message: string, address: string): string {
  if (message.includes('File name too long')) {
    return 'give the team a shorter `name:`, or tmux a shorter directory for its sockets in TMUX_TMPDIR'
  }
  if (message.startsWith('error creating') || message.includes('unsafe permissions')) {
    return 'tmux keeps its sockets below TMUX_TMPDIR, or /tmp: a directory there that only you can enter'
  }
  return `look at the server with: ${address} list-sessions`
}
