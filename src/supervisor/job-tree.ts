import { bootId } from '../io/boot-id.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import { type Job, type JobIdentity, jobMarker } from '../model/job.ts'
import { type EndPorts, endGently, endProcesses } from './end-processes.ts'
import { treeOf } from './process-tree.ts'

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

/** Everything of the job that is alive: its session, its descendants, and carriers of its id. Never its host. */
async function jobTree({ record, child, host }: Job, processes: Processes): Promise<readonly ProcessInfo[]> {
  const table = await processes.scan()
  const carriers = await processes.carriers(jobMarker(record.kind), table)
  const leader = child !== null && child.boot === bootId() ? child : null
  return treeOf({ table, carriers }, leader, record.id, host?.pid ?? process.pid).filter(
    ({ pid }) => pid !== process.pid,
  )
}

/** TERM, HUP half-way through the grace, KILL at its end, until nothing of it is found any more. Resolves with what is still alive. */
export async function endJobTree(
  job: Job,
  graceMs: number,
  ports: EndPorts,
): Promise<readonly ProcessInfo[]> {
  for (let round = 0; round < rounds; round += 1) {
    const targets = await jobTree(job, ports.processes)
    if (targets.length === 0) return []
    if (round === 0 && graceMs > 0) await endGently(targets, graceMs, ports)
    else await endProcesses(targets, null, 0, ports)
  }
  return jobTree(job, ports.processes)
}
