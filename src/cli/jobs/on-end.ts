import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { ExitCode } from '../../errors.ts'
import { byteLogFile } from '../../io/byte-log.ts'
import { createOnEndStore, type OnEnd } from '../../io/on-end-store.ts'
import { type Job, type JobEnd, jobLogs } from '../../model/job.ts'
import { endJobTree, identityOf, identityOfChild, isAlive } from '../../supervisor/job-tree.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { openPipe } from './pipes.ts'
import { type JobPorts, jobPorts } from './ports.ts'

/** `tasks: {on_end}`: a command that is run once for each task that has ended. It changes nothing of the task. */

const lastWordsBytes = 600
/** ms between TERM and KILL. */
const graceMs = 2_000
/** ms between two looks at whether whoever runs this is asked to stop. */
const pollMs = 100

/** Runs it, unless another process does; after that it is never run again. */
export async function runOnEnd(id: string, ports: JobPorts, context: Pick<Context, 'interrupt'>) {
  const store = createOnEndStore(ports.store.dir)
  const onEnd = store.read(id)
  const job = ports.store.read(id)
  const self = identityOf(process.pid, ports.processes)
  if (onEnd === null || job === null || job.end === null || self === null) return
  // Looked at before the claim: from here on SIGTERM ends the command, and not just this process.
  const { stop } = context.interrupt
  if (!store.claim(id, self)) return
  const began = ports.clock.now()
  const told = await runCommand({ ...job, host: self }, job.end, onEnd, ports, stop)
  if (!store.done(id)) return
  const ms = ports.clock.now() - began
  ports.events.append('task_on_end', job.record.agent, { task: id, ...told, ms })
}

interface Told {
  /** null: all is well. */
  readonly reason: string | null
  readonly code: number | null
  readonly signal: string | null
}

async function runCommand(
  job: Job,
  end: JobEnd,
  { launch, timeoutMs }: OnEnd,
  ports: JobPorts,
  stop: AbortSignal,
): Promise<Told> {
  const [file = ''] = launch.argv
  const env = { ...launch.env, ...endVariables(job, end, ports) }
  const { child, stderr } = startCommand({ ...launch, env }, ports.store.directory(job.record.id))
  let lastWords = Buffer.alloc(0)
  stderr?.on('data', (bytes: Buffer) => {
    lastWords = Buffer.concat([lastWords, bytes]).subarray(-lastWordsBytes)
  })
  const over = new AbortController()
  let told: Told | null = null
  const exited = (now: Told) => {
    told ??= now
    over.abort()
  }
  child.on('error', (error: NodeJS.ErrnoException) => {
    const why = `cannot run ${file} in ${launch.cwd}: ${error.code ?? error.message}`
    if (child.pid === undefined) exited({ reason: why, code: null, signal: null })
  })
  child.on('exit', (code, signal) => exited({ reason: exitReason(code, signal), code, signal }))
  const found = child.pid === undefined ? null : identityOfChild(child.pid, ports.processes)
  const startedAt = new Date(ports.clock.now()).toISOString()
  const deadline = ports.clock.now() + timeoutMs
  while (!over.signal.aborted && !stop.aborted && ports.clock.now() < deadline)
    await ports.clock.sleep(Math.min(pollMs, Math.max(1, deadline - ports.clock.now())), over.signal)
  const cut = over.signal.aborted ? null : stop.aborted ? 'ended' : `it took longer than ${timeoutMs} ms`
  const running = { ...job, child: found === null ? null : { ...found, startedAt } }
  const survivors = await endJobTree(running, graceMs, ports)
  stderr?.destroy()
  const left =
    survivors.length === 0 ? '' : `, still alive: pid ${survivors.map(({ pid }) => pid).join(', ')}`
  const { reason, code, signal } = told ?? { reason: null, code: null, signal: null }
  const why = cut ?? reason
  const words = lastWords.toString().trim()
  if (why === null && left === '') return { reason: null, code, signal }
  return { reason: `${why ?? 'done'}${words === '' ? '' : `: ${words}`}${left}`, code, signal }
}

/** `dir`: where its pipe is made. */
function startCommand(
  { argv: [file = '', ...args], cwd, env }: OnEnd['launch'],
  dir: string,
): { readonly child: ChildProcess; readonly stderr: Readable | null } {
  const pipe = openPipe(`${dir}/.on-end`, 'read')
  try {
    const stdio: StdioOptions = ['ignore', 'ignore', pipe?.theirs ?? 'pipe']
    const child = spawn(file, args, { cwd, env, detached: true, stdio })
    return { child, stderr: pipe?.ours ?? child.stderr }
  } finally {
    if (pipe !== null) closeSync(pipe.theirs)
  }
}

function exitReason(code: number | null, signal: string | null): string | null {
  if (signal !== null) return `ended by ${signal}`
  return code === 0 ? null : `exit ${code}`
}

/** What it is told of the task, beside the environment of its agent; empty: unknown. */
function endVariables({ record }: Job, end: JobEnd, { store }: JobPorts): Record<string, string> {
  const { id, kind, parentTaskId } = record
  return {
    TEAM_TASK_ID: id,
    TEAM_TASK_KIND: kind,
    TEAM_TASK_STATUS: end.outcome,
    TEAM_TASK_REASON: end.reason ?? '',
    TEAM_TASK_EXIT_CODE: String(end.exitCode ?? ''),
    TEAM_TASK_PARENT: parentTaskId ?? '',
    TEAM_TASK_OUTPUT: byteLogFile(store.directory(id), jobLogs.output) ?? '',
    TEAM_SESSION_ID: end.sessionId ?? record.sessionId ?? '',
  }
}

/** A task that is just being made has no record yet. ms. */
const makingMs = 10_000

/** Has what was left undone run, by a process of its own: the host of a task was killed, or it never had one. */
export async function settleOnEnd(ports: JobPorts): Promise<void> {
  const store = createOnEndStore(ports.store.dir)
  for (const id of store.pending()) {
    const job = ports.store.read(id)
    const age = ports.clock.now() - Number.parseInt(id.slice(0, 9), 36)
    // The task is gone, or nobody can know what was to be run.
    if ((job === null && age > makingMs) || store.read(id) === null) store.done(id)
    if (job === null || job.end === null) continue
    const runner = store.runner(id)
    if (runner !== null && !isAlive(runner, ports.processes) && store.done(id)) {
      await endJobTree({ ...job, child: null }, graceMs, ports)
      const reason = 'what ran it was killed: whether it is done is not known'
      ports.events.append('task_on_end', job.record.agent, { task: id, reason, code: null, signal: null })
      continue
    }
    const willDoIt = job.host !== null && isAlive(job.host, ports.processes)
    if (runner === null && !willDoIt) ports.startOnEnd(id)
  }
}

/** Waits for what runs for the tasks of these agents (null: of all); `now`: ends it. */
export async function endOnEnd(
  scope: ReadonlySet<string> | null,
  now: boolean,
  ports: JobPorts,
  { interrupt }: Pick<Context, 'interrupt'>,
): Promise<void> {
  const store = createOnEndStore(ports.store.dir)
  const asked = new Set<string>()
  const isOpen = (id: string) => {
    const job = ports.store.read(id)
    const agent = job?.record.agent ?? null
    return job !== null && job.end !== null && (scope === null || (agent !== null && scope.has(agent)))
  }
  while (!interrupt.stop.aborted) {
    await settleOnEnd(ports)
    const open = store.pending().filter(isOpen)
    if (open.length === 0) return
    for (const id of now ? open : []) {
      const runner = store.runner(id)
      if (runner === null || asked.has(id) || !isAlive(runner, ports.processes)) continue
      ports.processes.signal(runner, 'SIGTERM')
      asked.add(id)
    }
    await ports.clock.sleep(pollMs)
  }
}

/** The hidden command that runs it. */
export const onEndHost: Run = async ({ context, args }) => {
  const [stateDir = '', id = ''] = args
  await runOnEnd(id, jobPorts(stateDir, 'tasks', context), context)
  return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
}
