import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Launch } from '../../../src/model/launch.ts'
import { defaultBackoff, type RestartPolicy } from '../../../src/model/restart.ts'
import { renderCommandFile } from '../../../src/render/command-file.ts'
import { renderEnvFile } from '../../../src/render/env-file.ts'
import { renderWrapper } from '../../../src/render/wrapper.ts'

export const templates = fileURLToPath(new URL('../../../templates', import.meta.url))
export const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))

export interface Shell {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  /** Tells `exit 137` from SIGKILL. */
  readonly exact: boolean
}

const candidates: readonly (Shell & { readonly required: boolean })[] = [
  { name: 'dash', argv: ['/bin/dash'], exact: true, required: true },
  { name: 'bash --posix', argv: ['/bin/bash', '--posix'], exact: false, required: true },
  { name: 'busybox ash', argv: ['/bin/busybox', 'ash'], exact: true, required: false },
]

/** Every shell that the wrapper must run in. Only busybox may be missing. */
export const shells: readonly Shell[] = candidates.filter(({ name, argv, required }) => {
  if (existsSync(argv[0])) return true
  if (required) throw new Error(`${argv[0]} is missing: the wrapper must be tested under ${name}`)
  console.warn(`SKIPPED: no ${argv[0]}, the wrapper is not tested under ${name}`)
  return false
})

const gnuEnv = spawnSync('/usr/bin/env', ['--default-signal', 'true']).status === 0
const gnuDate = /^\d{3}$/.test(spawnSync('date', ['+%3N'], { encoding: 'utf8' }).stdout.trim())
if (!gnuEnv) console.warn('SKIPPED in part: no GNU env, the wrapper runs agents in the foreground here')

export interface Sandbox {
  readonly dir: string
  readonly agentDir: string
  readonly eventsFile: string
  /** Its process group is killed with the sandbox, if a failed test has left it running. */
  adopt(child: ChildProcess): void
  remove(): void
}

export function createSandbox(): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), 'team wrapper-'))
  const agentDir = join(dir, '.team/agents/web/lead')
  mkdirSync(agentDir, { recursive: true, mode: 0o700 })
  const children: ChildProcess[] = []
  const remove = () => {
    for (const { pid, exitCode, signalCode } of children) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  }
  const adopt = (child: ChildProcess) => void children.push(child)
  return { dir, agentDir, eventsFile: join(dir, '.team/events.jsonl'), adopt, remove }
}

export function restartPolicy(
  policy: RestartPolicy['policy'],
  max: number | null = 10,
  backoff: Partial<RestartPolicy['backoff']> = {},
): RestartPolicy {
  return { policy, max, backoff: { ...defaultBackoff, initialMs: 5, maxMs: 40, ...backoff } }
}

export function launchIn(sandbox: Sandbox, overrides: Partial<Launch>): Launch {
  return {
    id: 'web:lead',
    project: 'web',
    agent: 'lead',
    role: null,
    team: 'test',
    composeFile: join(sandbox.dir, 'team.yaml'),
    stateDir: join(sandbox.dir, '.team'),
    agentDir: sandbox.agentDir,
    marker: 'unit-test',
    cwd: sandbox.dir,
    argv: ['true'],
    wrapper: [],
    logger: '',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    restart: restartPolicy('no'),
    runtime: 'command',
    session: null,
    drain: { timeoutMs: 1_000, mode: 'interrupt', steps: [] },
    supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 1_000 } },
    fingerprint: { command: '', env: '', files: '', supervisor: '' },
    ...overrides,
  }
}

export interface WrapperOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The mode for hosts whose `env` cannot reset signals. */
  readonly foreground?: boolean
  readonly desired?: string | null
  readonly encoding?: 'utf8' | 'latin1'
}

export function writeFiles(sandbox: Sandbox, launch: Launch, options: WrapperOptions = {}): string {
  const template = readFileSync(join(templates, 'agent-wrapper.sh'), 'utf8')
  const wrapper = join(sandbox.dir, '.team/agent-wrapper.sh')
  writeFileSync(wrapper, renderWrapper(template, { gnuEnv: gnuEnv && !options.foreground, gnuDate }))
  const encoding = options.encoding ?? 'utf8'
  writeFileSync(join(launch.agentDir, 'env'), renderEnvFile(launch.env), encoding)
  writeFileSync(join(launch.agentDir, 'command'), renderCommandFile(launch, sandbox.eventsFile), encoding)
  const desired = options.desired === undefined ? 'up\n' : options.desired
  if (desired !== null) writeFileSync(join(launch.agentDir, 'desired'), desired)
  return wrapper
}

export interface Wrapper {
  readonly pid: number
  readonly process: ChildProcess
  /** What it printed, its agent included. */
  output(): string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

const minimalEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', TERM: 'tmux-256color' }

export function startWrapper(
  shell: Shell,
  sandbox: Sandbox,
  overrides: Partial<Launch>,
  options: WrapperOptions = {},
): Wrapper {
  const wrapper = writeFiles(sandbox, launchIn(sandbox, overrides), options)
  return startPrepared(shell, sandbox, wrapper, options)
}

/** As `up` starts one: the journal of an earlier life is gone. */
export function startAnew(...given: Parameters<typeof startWrapper>): Wrapper {
  rmSync(join(given[1].agentDir, 'run.log'), { force: true })
  return startWrapper(...given)
}

/** Starts a wrapper whose files are there already, in a session of its own as in a terminal. */
export function startPrepared(
  shell: Shell,
  sandbox: Sandbox,
  wrapper: string,
  options: WrapperOptions = {},
): Wrapper {
  const [program, ...args] = shell.argv
  const child = spawn(program, [...args, wrapper, sandbox.agentDir], {
    cwd: '/',
    detached: true,
    env: options.env ?? minimalEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  sandbox.adopt(child)
  const chunks: string[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  return { pid: child.pid ?? 0, process: child, output: () => chunks.join(''), exited }
}

/** Resolves once `check` gives something; looks whenever a file in the directory of `file` changes. */
export async function until<T>(file: string, check: () => T | undefined): Promise<T> {
  const deadline = 15_000
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      watcher.close()
      settle()
    }
    const look = () => {
      const found = check()
      if (found !== undefined) finish(() => resolve(found))
    }
    const giveUp = () => reject(new Error(`nothing within ${deadline} ms; ${file} holds: ${readText(file)}`))
    const timer = setTimeout(() => finish(giveUp), deadline)
    const watcher = watch(dirname(file), look)
    look()
  })
}

export function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

export const journal = (sandbox: Sandbox) => join(sandbox.agentDir, 'run.log')

/** Waits for a complete line of `run.log` that matches. */
export function journalLine(sandbox: Sandbox, pattern: RegExp): Promise<RegExpExecArray> {
  return until(journal(sandbox), () => {
    const lines = readText(journal(sandbox)).split('\n').slice(0, -1)
    return lines.map((line) => pattern.exec(line)).find((match) => match !== null) ?? undefined
  })
}

export async function agentPid(sandbox: Sandbox, run = 1): Promise<number> {
  return Number((await journalLine(sandbox, new RegExp(`^start ${run} (\\d+)$`)))[1])
}

export interface EventLine {
  readonly time: string
  readonly event: string
  readonly id: string
  readonly [detail: string]: unknown
}

/** Every line of `events.jsonl`; throws when one is not JSON. */
export function events(sandbox: Sandbox): EventLine[] {
  const lines = readText(sandbox.eventsFile).split('\n').slice(0, -1)
  return lines.map((line): EventLine => JSON.parse(line))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // A zombie is dead: nobody may have reaped it yet.
  return !/^State:\s+Z/m.test(readText(`/proc/${pid}/status`))
}

/** Live processes of a process group. */
export function groupMembers(group: number): { readonly pid: number; readonly command: string }[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,pgid=,stat=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, pgid, stat, command = ''] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? []
    return Number(pgid) === group && !stat?.startsWith('Z') ? [{ pid: Number(pid), command }] : []
  })
}
