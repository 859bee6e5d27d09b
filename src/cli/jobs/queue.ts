import { existsSync, rmSync } from 'node:fs'
import { ifWritable, readIfExists, writeIfChanged } from '../../io/files.ts'
import { type Job, type JobEnd, type JobOutcome, jobLogs } from '../../model/job.ts'
import { endJobTree, isAlive } from '../../supervisor/job-tree.ts'
import { settleOnEnd } from './on-end.ts'
import type { JobPorts } from './ports.ts'

/** One task at a time for each agent, and at most so many over the team; the oldest first. */

const limitFile = (dir: string): string => `${dir}/.max-parallel`

/** What the compose file says, for whoever starts the next task. null: no limit. */
export function writeLimit(ports: JobPorts, maxParallel: number | null): void {
  writeIfChanged(limitFile(ports.store.dir), String(maxParallel ?? ''))
}

function readLimit(ports: JobPorts): number {
  const text = readIfExists(limitFile(ports.store.dir)) ?? ''
  return text === '' ? Number.POSITIVE_INFINITY : Number(text)
}

/** Starts what may start now. */
export async function pump(ports: JobPorts): Promise<void> {
  await ports.locked(() => {
    const jobs = activeJobs(ports)
    const running = jobs.filter(({ host, end }) => host !== null && end === null)
    const busy = new Set(running.map(({ record }) => record.agent))
    let free = readLimit(ports) - running.length
    for (const { record, host, end } of jobs) {
      if (host !== null || end !== null || busy.has(record.agent)) continue
      // Later ones of this agent wait behind it, whether or not there is room.
      busy.add(record.agent)
      if (free <= 0) continue
      free -= 1
      ports.startHost(record.id)
    }
  })
}

/** Those that have not ended, oldest first; damaged ones are left to `ls`. */
export function activeJobs({ store }: Pick<JobPorts, 'store'>): readonly Job[] {
  return store.active().flatMap(({ id }) => store.read(id) ?? [])
}

/**
 * Makes the records true: what runs without its host is ended, and lost; what waits is started. Unknown is not lost:
 * a host counts as gone only when the pid is free or has passed to another process. `maxParallel`: what the compose file
 * says now, by whoever has read it.
 */
export async function settle(ports: JobPorts, maxParallel?: number | null): Promise<void> {
  const jobs = activeJobs(ports)
  const orphans = jobs.filter(
    ({ host, end }) => host !== null && end === null && !isAlive(host, ports.processes),
  )
  for (const job of orphans) await lose(job, ports)
  const waiting = jobs.some(({ host, end }) => host === null && end === null)
  // Who only looks needs nothing of this; who gives a task is told by the writing of it.
  await ifWritable(async () => {
    if (waiting && maxParallel !== undefined) writeLimit(ports, maxParallel)
    if (waiting && (orphans.length > 0 || isOneDue(jobs, ports))) await pump(ports)
    await settleOnEnd(ports)
  })
}

/** Could one that waits be running? Whoever gave it was killed before it started it, or more may run than when it was given. */
function isOneDue(jobs: readonly Job[], ports: JobPorts): boolean {
  const running = jobs.filter(({ host, end }) => host !== null && end === null)
  const busy = new Set(running.map(({ record }) => record.agent))
  if (running.length >= readLimit(ports)) return false
  return jobs.some(({ record, host, end }) => host === null && end === null && !busy.has(record.agent))
}

async function lose(job: Job, ports: JobPorts): Promise<void> {
  const survivors = await endJobTree(job, 0, ports, 'unwatched')
  const reason = 'the process that ran it was killed, or the machine was started anew'
  const end = endOf('lost', ports, { reason, survivors: survivors.map(({ pid }) => pid) })
  ports.store.assumeEnd(job.record.id, end)
  const file = `${ports.store.directory(job.record.id)}/${jobLogs.stdout}`
  await ifWritable(async () => {
    if (job.record.kind !== 'prompt') return void finish(job, end, ports)
    const left = existsSync(file) ? await import('./left-output.ts') : null
    // A file that is gone by now was taken by another one, which has written down under this lock what it said.
    await ports.locked(() => {
      const answer = existsSync(file) ? left?.takeLeftOutput(job, ports) : undefined
      finish(job, { ...end, ...answer }, ports)
      rmSync(file, { force: true })
    })
  })
}

export function endOf(outcome: JobOutcome, ports: Pick<JobPorts, 'clock'>, known: Partial<JobEnd>): JobEnd {
  return {
    outcome,
    reason: null,
    exitCode: null,
    exitSignal: null,
    sessionId: null,
    result: null,
    usage: null,
    costUsd: null,
    survivors: [],
    ...known,
    finishedAt: new Date(ports.clock.now()).toISOString(),
  }
}

/** Writes the end down, and the event, unless it had ended before. */
export function finish(job: Job, end: JobEnd, ports: JobPorts): boolean {
  if (!ports.store.writeEnd(job.record.id, end)) return false
  tellEnd(job, end, ports)
  return true
}

export function tellEnd({ record }: Job, end: JobEnd, { events }: JobPorts): void {
  const isProcess = record.kind === 'process'
  const what = isProcess ? { process: record.id } : { task: record.id }
  events.append(isProcess ? 'process_ended' : 'task_ended', record.agent, {
    ...what,
    status: end.outcome,
    reason: end.reason,
    code: end.exitCode,
    signal: end.exitSignal,
  })
}
