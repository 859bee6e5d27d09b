import { lockHolder } from '../../io/lock.ts'
import type { AgentId } from '../../model/agent.ts'
import type { JobKind } from '../../model/job.ts'
import { safeText } from '../../view/human.ts'
import type { Context } from '../context.ts'
import { runnerLock } from '../inbox/kick.ts'
import { type CancelledJob, endJobs, endText, isLeft } from './cancel.ts'
import { endOnEnd } from './on-end.ts'
import { type JobFolder, jobPorts } from './ports.ts'
import { activeJobs, settle } from './queue.ts'

/** A task or process that `down` ends, or would. */
export interface TeamJob extends CancelledJob {
  readonly kind: JobKind
  readonly agent: AgentId | null
}

const folders: readonly JobFolder[] = ['tasks', 'processes']
/** What ends may have started another one meanwhile. */
const rounds = 5
/** ms for the process that brings messages to finish what it types. */
const runnerMs = 15_000
const pollMs = 25

/** What has not ended of these agents; null: of the whole team, and what belongs to nobody. */
export function openJobs(
  stateDir: string,
  scope: ReadonlySet<AgentId> | null,
  context: Context,
): readonly TeamJob[] {
  return folders.flatMap((folder) =>
    activeJobs(jobPorts(stateDir, folder, context)).flatMap(({ record, host, end }) => {
      const { id, kind, agent } = record
      if (end !== null || (scope !== null && (agent === null || !scope.has(agent)))) return []
      const status = host === null ? ('queued' as const) : ('running' as const)
      return [{ id, kind, agent, status, before: false, survivors: [] }]
    }),
  )
}

/** `maxParallel`: what the compose file says now. */
export function settleTasks(stateDir: string, maxParallel: number | null, context: Context): Promise<void> {
  return settle(jobPorts(stateDir, 'tasks', context), maxParallel)
}

/** Ends them all; once the agents are gone only what is being ended can start another one. `now`: without a grace. */
export async function endTeamJobs(
  stateDir: string,
  scope: ReadonlySet<AgentId> | null,
  now: boolean,
  context: Context,
): Promise<readonly TeamJob[]> {
  const ended = new Map<string, TeamJob>()
  for (let round = 0; round < rounds && !context.interrupt.stop.aborted; round += 1) {
    const open = openJobs(stateDir, scope, context)
    if (open.length === 0) break
    for (const folder of folders) {
      const own = open.filter(({ kind }) => (kind === 'process') === (folder === 'processes'))
      if (own.length === 0) continue
      const ports = jobPorts(stateDir, folder, context)
      await settle(ports)
      const results = await endJobs(
        own.map(({ id }) => id),
        now ? 0 : null,
        ports,
        context,
      )
      for (const job of own) {
        const result = results.find(({ id }) => id === job.id)
        ended.set(job.id, { ...job, ...result })
      }
    }
  }
  await endOnEnd(scope, now, jobPorts(stateDir, 'tasks', context), context)
  return [...ended.values()]
}

/** Nobody is left to bring messages to: they wait for the next `up`. */
export async function endInboxRunner(stateDir: string, { clock, processes }: Context): Promise<void> {
  const path = runnerLock(stateDir)
  const deadline = clock.now() + runnerMs
  let asked = false
  for (let holder = lockHolder(path, processes); holder !== null; holder = lockHolder(path, processes)) {
    if (!asked) processes.signal(holder, 'SIGTERM')
    asked = true
    if (clock.now() > deadline) return
    await clock.sleep(pollMs)
  }
}

export function teamJobLine(job: TeamJob): string {
  const owner = job.agent === null ? '' : ` of ${safeText(job.agent)}`
  return `${job.kind === 'process' ? 'process' : 'task'} ${job.id}${owner}: ${endText(job)}`
}

export function teamJobJson({ id, kind, agent, status, survivors }: TeamJob): object {
  return { id, kind, agent, status, survivors }
}

export function anyLeft(jobs: readonly TeamJob[]): boolean {
  return jobs.some(isLeft)
}
