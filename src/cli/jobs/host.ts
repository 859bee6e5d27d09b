import { setMaxListeners } from 'node:events'
import { statSync } from 'node:fs'
import { ExitCode } from '../../errors.ts'
import { ifWritable, isUnwritable } from '../../io/files.ts'
import { readTaskSessions, rememberTaskSession } from '../../io/task-sessions.ts'
import type { Job, JobEnd, JobLaunch } from '../../model/job.ts'
import { withSession } from '../../model/session.ts'
import { type HeadlessResult, noResult } from '../../runtimes/headless.ts'
import { endJobTree, identityOf } from '../../supervisor/job-tree.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { answered } from './answer.ts'
import { type ChildEnd, type RunningChild, runChild } from './child.ts'
import { runOnEnd } from './on-end.ts'
import { type JobPorts, jobPorts } from './ports.ts'
import { endOf, finish, pump, tellEnd } from './queue.ts'

/** ms that the claim of whoever started this process is waited for: it is written at once, or never. */
const claimMs = 10_000
const pollMs = 20
/** ms between TERM and KILL for what a program leaves behind, or when its time is over. */
const graceMs = 2_000
/** ms that an end waits for room on the disk. */
const roomMs = 3_600_000

/** Runs one job to its end, in a session of its own. Nothing but `job.json` and `launch.json` tells it what. */
export const jobHost: Run = async ({ context, args }) => {
  const [folder, stateDir = '', id = ''] = args
  const ports = jobPorts(stateDir, folder === 'processes' ? 'processes' : 'tasks', context)
  if (await claimed(id, ports)) {
    await run(id, ports, context)
    if (folder === 'tasks') {
      await pump(ports)
      await runOnEnd(id, ports, context)
    }
  }
  return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
}

/** Only one host is named in `host.json`: two commands that start a job at once cannot run it twice. */
async function claimed(id: string, { store, clock, processes }: JobPorts): Promise<boolean> {
  const self = identityOf(process.pid, processes)
  const deadline = clock.now() + claimMs
  while (clock.now() < deadline) {
    const host = store.read(id)?.host ?? null
    if (host !== null) return host.pid === self?.pid && host.start === self.start
    await clock.sleep(pollMs)
  }
  return false
}

async function run(id: string, ports: JobPorts, context: Context): Promise<void> {
  const job = ports.store.read(id)
  const launch = ports.store.launch(id)
  if (job === null || job.end !== null) return
  const end =
    launch === null
      ? endOf('failed', ports, { reason: 'its launch file is missing or damaged' })
      : await runToEnd(job, launch, ports, context).catch((error: unknown) => giveUp(job, error, ports))
  if (isGone(id, ports)) await ifWritable(() => tellEnd(job, end, ports))
  else await finishInTime(job, end, ports, context)
}

/** Whatever goes wrong here, what runs is not left without its host, and the record says why. */
async function giveUp(job: Job, error: unknown, ports: JobPorts): Promise<JobEnd> {
  const survivors = (await endJobTree(job, graceMs, ports)).map(({ pid }) => pid)
  const reason = error instanceof Error ? error.message : String(error)
  return endOf('failed', ports, { reason: `it could not be run: ${reason}`, survivors })
}

/** Where the disk is full the end waits for room: nobody else knows it. */
async function finishInTime(job: Job, end: JobEnd, ports: JobPorts, { interrupt }: Context): Promise<void> {
  const deadline = ports.clock.now() + roomMs
  for (;;) {
    try {
      finish(job, end, ports)
      return
    } catch (error) {
      const isLate = interrupt.stop.aborted || ports.clock.now() > deadline
      if (isLate || !isUnwritable(error) || ports.store.hasEnded(job.record.id)) throw error
    }
    await ports.clock.sleep(1_000, interrupt.stop)
  }
}

async function runToEnd(job: Job, launch: JobLaunch, ports: JobPorts, context: Context): Promise<JobEnd> {
  const { store, events } = ports
  const { id } = job.record
  const started = prepare(job, launch, ports)
  const child = runChild(job, started, ports)
  const { identity } = child
  if (identity !== null) await ifWritable(() => store.writeChild(id, identity))
  const isProcess = job.record.kind === 'process'
  const what = isProcess ? { process: id } : { task: id }
  events.append(isProcess ? 'process_started' : 'task_started', job.record.agent, {
    ...what,
    pid: identity?.pid ?? null,
  })
  const end = await supervise({ ...job, child: identity }, child, ports, context)
  if (end.outcome === 'completed' && end.sessionId !== null && job.record.agent !== null) {
    const { agent, runtime } = job.record
    const session = end.sessionId
    if (runtime !== null)
      await ifWritable(() =>
        ports.locked(() => rememberTaskSession(ports.stateDir, agent, { runtime, id: session })),
      )
  }
  return end
}

/** The session is chosen now, not when the task was queued: an earlier task may have begun it. */
function prepare({ record }: Job, launch: JobLaunch, ports: JobPorts): JobLaunch {
  const known = record.agent === null ? undefined : readTaskSessions(ports.stateDir)[record.agent]
  const last = known !== undefined && known.runtime === record.runtime ? known.id : null
  const session = record.sessionId ?? (launch.resumed === null ? null : last)
  if (session === null || launch.resumed === null) return launch
  return {
    ...launch,
    argv: withSession(launch.resumed, session),
    env: { ...launch.env, TEAM_SESSION_ID: session },
  }
}

/** Waits for the end, for its time to be over, or for being told to end it. */
async function supervise(job: Job, child: RunningChild, ports: JobPorts, context: Context): Promise<JobEnd> {
  const { record } = job
  const began = ports.clock.now()
  const ended = new AbortController()
  setMaxListeners(0, ended.signal)
  void child.done.then(() => ended.abort())
  const { stop } = context.interrupt
  for (;;) {
    if (ended.signal.aborted) break
    const asked = stop.aborted ? graceMs : ports.store.cancelRequest(record.id)
    const late = record.timeoutMs !== null && ports.clock.now() - began >= record.timeoutMs
    const gone = isGone(record.id, ports)
    if (asked !== null || late || gone) {
      const survivors = await endJobTree(job, asked ?? graceMs, ports)
      const known = { ...(await told(child, ports)), survivors: survivors.map(({ pid }) => pid) }
      if (asked !== null) return endOf('cancelled', ports, { ...known, reason: 'cancelled' })
      if (gone) return endOf('cancelled', ports, { ...known, reason: 'its record is gone' })
      return endOf('timed_out', ports, { ...known, reason: `it took longer than ${record.timeoutMs} ms` })
    }
    const left = record.timeoutMs === null ? pollMs * 5 : record.timeoutMs - (ports.clock.now() - began)
    await ports.clock.sleep(Math.max(1, Math.min(pollMs * 5, left)), ended.signal)
  }
  const exit = await child.done
  const survivors = (await endJobTree(job, graceMs, ports)).map(({ pid }) => pid)
  return { ...judge(job, exit, child.answer(), ports), survivors }
}

/** Its record was set aside as damaged, or removed by hand: nobody could find it any more, or end it. */
function isGone(id: string, { store }: JobPorts): boolean {
  try {
    return statSync(store.directory(id), { throwIfNoEntry: false }) === undefined
  } catch {
    return false // a disk that does not answer is no reason to end what runs
  }
}

/** How the program ended after it was made to; as far as it did. */
async function told(child: RunningChild, { clock }: JobPorts): Promise<Partial<JobEnd>> {
  const exit = await Promise.race([child.done, clock.sleep(graceMs).then(() => null)])
  const answer = child.answer()
  return { exitCode: exit?.code ?? null, exitSignal: exit?.signal ?? null, ...answered(answer) }
}

function judge({ record }: Job, exit: ChildEnd, answer: HeadlessResult | null, ports: JobPorts): JobEnd {
  const known = { exitCode: exit.code, exitSignal: exit.signal, ...answered(answer) }
  const told = answer?.error === noResult ? null : (answer?.error ?? null)
  const exited = exitReason(exit) ?? (answer?.error === noResult ? noResult : null)
  // What the CLI says itself needs none of its warnings beside it.
  const reason =
    exit.startError ?? told ?? (exited === null ? null : withLastWords(exited, exit, record.kind))
  const { unkept } = exit
  if (reason === null) return endOf('completed', ports, { ...known, reason: unkept })
  return endOf('failed', ports, { ...known, reason: unkept === null ? reason : `${reason}; ${unkept}` })
}

function withLastWords(reason: string, { lastWords }: ChildEnd, kind: string): string {
  return kind !== 'prompt' || lastWords === '' ? reason : `${reason}: ${lastWords}`
}

function exitReason({ code, signal }: ChildEnd): string | null {
  if (signal !== null) return `ended by ${signal}`
  return code === 0 ? null : `exit ${code}`
}
