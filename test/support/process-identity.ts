import { readFileSync } from 'node:fs'
import { allProcesses, processesIn, type Seen } from './census.ts'
import type { Sandbox } from './sandbox.ts'

/** Processes as they were at one moment, each known by its pid and its start time. */
export interface ProcessSet {
  /** Those of them that are alive now, in words. */
  left(): readonly string[]
}

/** Everything of the sandbox that runs now, with all descendants, whatever these have made of their environment. */
export function processesOf(sandbox: Sandbox): ProcessSet {
  const members = withDescendants(processesIn(sandbox)).map((seen) => ({ seen, start: startOf(seen.pid) }))
  return {
    left: () =>
      members
        .filter(({ seen, start }) => start !== null && startOf(seen.pid) === start)
        .map(({ seen }) => `${seen.pid} ${seen.args}`),
  }
}

function withDescendants(roots: readonly Seen[]): readonly Seen[] {
  const found = new Map(roots.map((root) => [root.pid, root]))
  const everything = allProcesses()
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const seen of everything) if (found.has(seen.ppid)) found.set(seen.pid, seen)
  }
  return [...found.values()]
}

/** In clock ticks since the boot; null: gone, or a zombie. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}
