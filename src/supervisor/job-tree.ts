import { bootId } from '../io/boot-id.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import { type Job, type JobIdentity, jobMarker } from '../model/job.ts'
import { type EndPorts, endGently, endProcesses } from './end-processes.ts'
import { type Census, treeOf } from './process-tree.ts'

export function identityOf(pid: number, processes: Processes): JobIdentity | null {
  const found = processes.find(pid)
  return found === null ? null : { pid, start: found.start, boot: bootId() }
}

/** Of a child that was started just now: it may have ended already, and what it left behind is found by its identity. */
export function identityOfChild(pid: number, processes: Processes): JobIdentity | null {
  const found = processes.find(pid, { zombies: true })
  return found === null ? null : { pid, start: found.start, boot: bootId() }
}

/** Is that very process alive? */
export function isAlive(identity: JobIdentity, processes: Processes): boolean {
  return identity.boot === bootId() && processes.find(identity.pid)?.start === identity.start
}

/** How often what is born of dying processes is looked for. */
const rounds = 5

/** `watched`: whoever asks has started the child, and seen it until just now. */
type Sight = 'watched' | 'unwatched'

/** Everything of the job that is alive: its session, its descendants, and carriers of its id. Never its host. */
async function jobTree(job: Job, processes: Processes, sight: Sight): Promise<readonly ProcessInfo[]> {
  const table = await processes.scan()
  const carriers = await processes.carriers(jobMarker(job.record.kind), table)
  const leader = leaderOf(job, { table, carriers }, sight)
  return treeOf({ table, carriers }, leader, job.record.id, job.host?.pid ?? process.pid).filter(
    ({ pid }) => pid !== process.pid,
  )
}

/**
 * null: nobody can tell whose session that of the child is. Once it has ended, with nobody watching, its pid may have
 * passed to another process, which may have ended as well; one that carries the id of the job is none of that one's.
 */
function leaderOf({ record, child }: Job, { table, carriers }: Census, sight: Sight): JobIdentity | null {
  if (child === null || child.boot !== bootId()) return null
  const isSure =
    sight === 'watched' ||
    table.some(({ pid, start }) => pid === child.pid && start === child.start) ||
    table.some(({ pid, session }) => session === child.pid && carriers.get(pid) === record.id)
  return isSure ? child : null
}

/**
 * TERM, HUP half-way through the grace, KILL at its end, until nothing of it is found any more. Resolves with what is
 * still alive.
 */
export async function endJobTree(
  job: Job,
  graceMs: number,
  ports: EndPorts,
  sight: Sight = 'watched',
): Promise<readonly ProcessInfo[]> {
  for (let round = 0; round < rounds; round += 1) {
    const targets = await jobTree(job, ports.processes, sight)
    if (targets.length === 0) return []
    if (round === 0 && graceMs > 0) await endGently(targets, graceMs, ports)
    else await endProcesses(targets, null, 0, ports)
  }
  return jobTree(job, ports.processes, sight)
}
