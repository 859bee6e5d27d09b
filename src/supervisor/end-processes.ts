import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'

/** Between TERM and KILL. 100 ms was measured to be too short for a real agent's clean-up. */
const termGraceMs = 2_000

/** What is found only after a first round of killing was born of what would not end: it is not asked again. */
export function graceOfRound(round: number): number {
  return round === 0 ? termGraceMs : 0
}

/** A killed process is gone as soon as the kernel has taken it apart, which a loaded machine takes its time for. */
const killGraceMs = 2_000
/** For the wrapper to write down how its agent ended. */
const recordGraceMs = 1_000
const pollMs = 10

export interface EndPorts {
  readonly clock: Clock
  readonly processes: Processes
}

/** Those of `targets` that are still the same processes, and alive. */
export function alive(targets: Iterable<ProcessInfo>, processes: Processes): readonly ProcessInfo[] {
  return [...targets].filter((target) => processes.find(target.pid)?.start === target.start)
}

/**
 * TERM, then KILL after a grace; `last` (the wrapper) is only killed when the others are gone, so that it
 * can record how the agent ended. Resolves with what is still alive.
 */
export async function endProcesses(
  targets: readonly ProcessInfo[],
  last: number | null,
  graceMs: number,
  ports: EndPorts,
): Promise<readonly ProcessInfo[]> {
  const first = targets.filter((target) => target.pid !== last)
  const wrapper = targets.filter((target) => target.pid === last)
  signalAll(first, 'SIGTERM', ports)
  // An interactive shell ignores TERM, and saves its history when it is hung up.
  signalAll(first, 'SIGHUP', ports)
  // A stopped process does not act on either before it is continued.
  signalAll(targets, 'SIGCONT', ports)
  if (!(await gone(first, graceMs, ports))) {
    signalAll(first, 'SIGKILL', ports)
    await gone(first, killGraceMs, ports)
  }
  signalAll(wrapper, 'SIGTERM', ports)
  if (!(await gone(wrapper, recordGraceMs, ports))) {
    signalAll(wrapper, 'SIGKILL', ports)
    await gone(wrapper, killGraceMs, ports)
  }
  return alive(targets, ports.processes)
}

/**
 * TERM, HUP half-way through the grace, KILL at its end: for programs of which TERM is asked, and that may take their time. HUP
 * ends interactive shells, which ignore TERM, but also those that would have ended by themselves.
 */
export async function endGently(
  targets: readonly ProcessInfo[],
  graceMs: number,
  ports: EndPorts,
): Promise<void> {
  signalAll(targets, 'SIGTERM', ports)
  signalAll(targets, 'SIGCONT', ports)
  if (await gone(targets, graceMs / 2, ports)) return
  signalAll(targets, 'SIGHUP', ports)
  if (await gone(targets, graceMs / 2, ports)) return
  signalAll(targets, 'SIGKILL', ports)
  await gone(targets, killGraceMs, ports)
}

function signalAll(targets: readonly ProcessInfo[], signal: NodeJS.Signals, ports: EndPorts): void {
  for (const target of targets) {
    try {
      ports.processes.signal(target, signal)
    } catch {
      // Not permitted (a setuid child): it is reported as a survivor.
    }
  }
}

/** Waits until none of `targets` is alive; false when the grace is over before. */
export async function gone(
  targets: readonly ProcessInfo[],
  graceMs: number,
  ports: EndPorts,
): Promise<boolean> {
  const deadline = ports.clock.now() + graceMs
  while (alive(targets, ports.processes).length > 0) {
    if (ports.clock.now() >= deadline) return false
    await ports.clock.sleep(pollMs)
  }
  return true
}
