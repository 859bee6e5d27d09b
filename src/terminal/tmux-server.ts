import { TeamError } from '../errors.ts'
import type { Exec, ExecResult } from '../io/exec.ts'
import { type ReadyCall, readyCall } from './ready-call.ts'
import { type SourceLine, tmuxLine } from './tmux-quote.ts'

/** One tmux server, and how to reach it. The only maker of tmux command lines. */
export interface TmuxServer {
  /** For people: `tmux -L team-acme`. */
  readonly address: string
  /** Complete command line for `args`; for programs that need the terminal (attach). */
  argv(args: readonly string[]): readonly [string, ...string[]]
  /** Environment of every tmux client: scrubbed, since a starting server inherits it. */
  readonly env: Readonly<Record<string, string>>
  /** One tmux process. @throws TeamError `tmux-missing`, `tmux-timeout`, `tmux-protocol` */
  call(args: readonly string[], options?: CallOptions): Promise<TmuxReply>
  /** One tmux process for many commands. They go on after a failing one, whose message is in `errors`. */
  source(commands: readonly SourceLine[]): Promise<TmuxReply>
  /** The same, with commands before them that start the server, which needs so many open files. */
  boot(before: readonly string[], commands: readonly SourceLine[], openFiles: number): Promise<TmuxReply>
  /** Starts the process of the next `boot` now, and the server: which ends with it if there is no such call. */
  prepareBoot(before: readonly string[], openFiles: number): void
  /** Gives that process these commands in place of a `boot`; null: there is none. */
  dropBoot(commands: readonly SourceLine[]): Promise<TmuxReply> | null
  /** Kills that process, used or not, unless it has ended. */
  killBoot(): void
}

interface CallOptions {
  readonly stdin?: { readonly input: string } | { readonly later: Promise<string> }
  readonly timeoutMs?: number
  /** The call may start the server, which then needs so many. */
  readonly openFiles?: number | undefined
  readonly signal?: AbortSignal
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
  const { binary, socketName } = options
  const prefix: readonly [string, ...string[]] = [binary, '-L', socketName, '-u', '-f', '/dev/null']
  const address = `${binary} -L ${socketName}`
  const argv: TmuxServer['argv'] = (args) => [...prefix, ...args]
  const call: TmuxServer['call'] = async (args, extra = {}) => {
    // cwd "/": a server started from here must not hold a directory that may be deleted.
    const timeoutMs = extra.timeoutMs ?? options.timeoutMs
    const base = { env, cwd: '/', timeoutMs, ...(extra.signal && { signal: extra.signal }) }
    const result = await options.exec(
      extra.openFiles === undefined
        ? argv(args)
        : ['/bin/sh', '-c', withOpenFiles, 'sh', String(extra.openFiles), ...argv(args)],
      { ...base, ...extra.stdin },
    )
    return classify(result, address, options.binary, timeoutMs)
  }
  const within = (commands: number) => options.timeoutMs + commands * perCommandMs
  const source = ['source-file', '-']
  let readyBoot: ReadyCall<TmuxReply> | null = null
  const bootEnd = new AbortController()
  return {
    address,
    argv,
    env,
    call,
    source: (commands) =>
      call(source, { stdin: { input: sourceText(commands) }, timeoutMs: within(commands.length) }),
    prepareBoot(before, openFiles) {
      const args = [...before, ';', ...source]
      const timeoutMs = within(preparedCommands)
      const { signal } = bootEnd
      readyBoot ??= readyCall((later) => call(args, { stdin: { later }, timeoutMs, openFiles, signal }))
    },
    dropBoot(commands) {
      const reply = readyBoot?.use(sourceText(commands)) ?? null
      readyBoot = null
      return reply
    },
    killBoot: () => bootEnd.abort(),
    boot(before, commands, openFiles) {
      const input = sourceText(commands)
      const fresh = () =>
        call([...before, ';', ...source], { stdin: { input }, timeoutMs: within(commands.length), openFiles })
      const reply = readyBoot?.use(input)
      readyBoot = null
      // It may have been started with another number of files.
      return reply?.catch((error: unknown) => (isRefused(error) ? fresh() : Promise.reject(error))) ?? fresh()
    },
  }
}

/** A server that was never started. */
function isRefused(error: unknown): boolean {
  return error instanceof TeamError && error.code === 'tmux-failed'
}

/**
 * Whoever is killed while it writes leaves a part, which tmux would run up to its last half word: without its %endif
 * it runs none of it.
 */
function sourceText(commands: readonly SourceLine[]): string {
  return `%if 1\n${commands.map((line) => `${typeof line === 'string' ? line : tmuxLine(line)}\n`).join('')}%endif\n`
}

/**
 * A server takes two files for each agent, and hangs when it has none left (measured on 3.3a): the soft limit,
 * 256 on some systems, is raised to the hard one, and too low a hard one is refused at once.
 */
const withOpenFiles =
  'ulimit -n "$(ulimit -H -n)"; have=$(ulimit -n)\n' +
  'if [ "$have" != unlimited ] && [ "$have" -lt "$1" ]; then echo "open files: $have of $1" >&2; exit 75; fi\n' +
  'shift; exec "$@"'

const saysTooFewFiles = /^open files: (\d+) of (\d+)$/

/** `first`: what is to be done before the limit can be raised. */
export function tooFewFiles(limit: number, needed: number, first?: string): TeamError {
  const raise = 'raise it (ulimit -n, or the limits of your login), or put some agents into another team'
  return new TeamError('tmux-failed', `the limit of open files is ${limit}: so many agents need ${needed}`, {
    hint: first === undefined ? raise : `${first}. Then ${raise}`,
  })
}

/** A session takes about 15 commands and, on a loaded machine, up to 100 ms. */
const perCommandMs = 10
/** As many as there may be, for a call that is started before they are known. */
const preparedCommands = 500

const noServer = [
  /^no server running on /,
  /^error connecting to .*\((No such file or directory|Connection refused)\)$/,
]

/** Only stderr decides: stdout may hold anything that an agent printed. */
function classify(result: ExecResult, address: string, binary: string, timeoutMs: number): TmuxReply {
  if (result.startError === 'EMFILE' || result.startError === 'EAGAIN' || result.startError === 'ENOMEM') {
    throw new TeamError('tmux-failed', `cannot run ${binary}: ${result.startError}`, {
      hint: 'the limits of open files, processes or memory are too low: see ulimit -a',
    })
  }
  if (result.startError !== null) {
    throw new TeamError('tmux-missing', `cannot run ${binary}: ${result.startError}`, {
      hint: 'install tmux 3.2 or newer (apt install tmux, brew install tmux), then run: team doctor',
    })
  }
  const errors = result.stderr.split('\n').filter((line) => line !== '')
  const files = errors.map((line) => saysTooFewFiles.exec(line)).find((match) => match !== null)
  if (files !== undefined) {
    throw tooFewFiles(Number(files[1]), Number(files[2]))
  }
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
