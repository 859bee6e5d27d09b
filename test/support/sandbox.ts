import { spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endLaunchd, installLaunchctl, onLaunchd, socketOfJob } from './launchd.ts'
import { ownManager, removeAllUnits, socketOf } from './manager.ts'

export const program = fileURLToPath(new URL('../../bin/team.js', import.meta.url))
export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A directory of its own, with tmux sockets of its own: nothing here can reach the user's tmux. */
export interface Sandbox {
  readonly dir: string
  /** Complete environment of everything that runs in here. */
  readonly env: Record<string, string>
  write(path: string, text: string | Buffer): string
  append(path: string, text: string): void
  read(path: string): string
  team(args: readonly string[], options?: RunOptions): Promise<CliResult>
  /** A `team` that runs on; the caller waits for it. */
  start(args: readonly string[], options?: RunOptions): RunningCli
  tmux(team: string, args: readonly string[]): string
  /** Runs a tmux command on the pane of one agent, whatever supervises it. */
  inPane(
    row: { readonly team: string; readonly id: string; readonly unit: string | null },
    command: readonly string[],
  ): string
  /** Kills what is left, by socket and by marker, and removes the directory. */
  dispose(): void
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** All of standard input; null: it stays open for `write`. */
  readonly input?: string | Buffer | null
  /** Words before the program's: `unshare`, `script` … */
  readonly under?: readonly string[]
  /** Another command line, which runs the program itself. */
  readonly instead?: readonly string[]
}

export interface RunningCli {
  readonly pid: number
  readonly done: Promise<CliResult>
  kill(signal: NodeJS.Signals): void
  /** Types into standard input, where that was left open. */
  write(text: string): void
  stdout(): string
  stderr(): string
}

export function createSandbox(name = 'team test'): Sandbox {
  // Short: a socket path must stay below 100 bytes. The working directory has a space in its name on purpose.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tt-')))
  const dir = join(root, name)
  const sockets = join(root, 's')
  mkdirSync(dir)
  mkdirSync(sockets, { mode: 0o700 })
  const manager = ownManager()
  const path = process.env.PATH ?? '/usr/bin:/bin'
  const env: Record<string, string> = {
    PATH: onLaunchd() && process.platform !== 'darwin' ? `${installLaunchctl(root)}:${path}` : path,
    HOME: root,
    SHELL: '/bin/sh',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    TMUX_TMPDIR: sockets,
    ...manager?.env,
  }
  const start: Sandbox['start'] = (args, options = {}) => {
    const merged = definedOnly({ ...env, ...options.env })
    const own = [...(options.under ?? []), process.execPath, program, ...args]
    const [file = '', ...words] = options.instead ?? own
    const child = spawn(file, words, {
      cwd: options.cwd ?? dir,
      env: merged,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdin.on('error', () => undefined)
    if (options.input !== null) child.stdin.end(options.input ?? '')
    return {
      pid: child.pid ?? Number.NaN, // where it could not be started, which `done` tells: no signal goes to this
      done: new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
      }),
      kill: (signal) => {
        child.kill(signal)
      },
      write: (text) => {
        child.stdin.write(text)
      },
      stdout: () => stdout,
      stderr: () => stderr,
    }
  }
  const tmux = (socket: string, args: readonly string[]): string =>
    spawnSync('tmux', ['-L', socket, '-u', '-f', '/dev/null', ...args], { env, encoding: 'utf8' }).stdout
  const socketName = (team: string, unit: string): string => {
    if (onLaunchd()) return socketOfJob(root, unit)
    return manager === null ? `team-${team}` : socketOf(unit)
  }
  return {
    dir,
    env,
    write(path, text) {
      const full = join(dir, path)
      mkdirSync(dirname(full), { recursive: true })
      writeFileSync(full, text)
      return full
    },
    append: (path, text) => appendFileSync(join(dir, path), text),
    read: (path) => readFileSync(join(dir, path), 'utf8'),
    start,
    team: (args, options) => start(args, options).done,
    tmux: (team, args) => tmux(`team-${team}`, args),
    inPane({ team, id, unit }, [command = '', ...args]) {
      const target = ['-t', `=${team}/${id.replace(':', '/')}:`]
      return tmux(socketName(team, unit ?? ''), [command, ...target, ...args])
    },
    dispose() {
      if (manager !== null) removeAllUnits()
      endLaunchd(root)
      killServers(sockets, env)
      removeTree(root)
    },
  }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Servers first, by socket; a removed directory would leave them unreachable. */
function killServers(sockets: string, env: Record<string, string>): void {
  for (const user of readdirSync(sockets)) {
    for (const socket of readdirSync(join(sockets, user))) {
      spawnSync('tmux', ['-S', join(sockets, user, socket), 'kill-server'], { env, timeout: 5_000 })
    }
  }
}

/** What was just killed may still be writing its last lines: once more, until nothing comes back. */
function removeTree(root: string): void {
  const deadline = Date.now() + 5_000
  for (;;) {
    killInhabitants(root)
    try {
      rmSync(root, { recursive: true, force: true })
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

/** Processes whose home is this sandbox: whatever a failed test has left. */
function killInhabitants(root: string): void {
  if (!existsSync('/proc')) return
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8')
      if (`\0${environ}`.includes(`\0HOME=${root}\0`)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // Gone, or another user's.
    }
  }
}
