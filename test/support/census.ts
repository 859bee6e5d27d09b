import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Sandbox } from './sandbox.ts'
import { waitFor } from './wait-for.ts'

/** One process, by what it was started with. */
export interface Seen {
  readonly pid: number
  readonly ppid: number
  readonly args: string
  readonly environ: string
}

/** Every process that was started in the sandbox, this one excepted: by HOME, or by a path in its arguments. */
export function processesIn(sandbox: Sandbox): readonly Seen[] {
  const root = dirname(sandbox.dir)
  return allProcesses().filter(
    ({ pid, args, environ }) =>
      pid !== process.pid && (`\0${environ}`.includes(`\0HOME=${root}\0`) || args.includes(`${root}/`)),
  )
}

/** Pids of the agents' own processes: children of wrappers, by agent id; more than one of an id is a duplicate. */
export function agentTrees(sandbox: Sandbox): Readonly<Record<string, readonly number[]>> {
  const seen = processesIn(sandbox)
  const wrappers = new Set(wrapperPids(seen))
  const trees: Record<string, number[]> = {}
  for (const found of seen) {
    const id = variable(found, 'TEAM_AGENT')
    if (id === null || variable(found, 'TEAM_UNIT') === null) continue
    const byWrapper = wrappers.has(found.ppid)
    const parent = seen.find((other) => other.pid === found.ppid)
    // The top of a tree: its parent does not belong to the agent.
    if (byWrapper || parent === undefined || variable(parent, 'TEAM_AGENT') !== id) {
      trees[id] = [...(trees[id] ?? []), found.pid]
    }
  }
  return trees
}

/** The same once each of these agents is there: between its start and its first instruction lies a moment. */
export async function treesOf(
  sandbox: Sandbox,
  ids: readonly string[],
): Promise<Readonly<Record<string, readonly number[]>>> {
  await waitFor(`processes of ${ids.join(', ')}`, () => {
    const trees = agentTrees(sandbox)
    return ids.every((id) => trees[id] !== undefined)
  })
  return agentTrees(sandbox)
}

/**
 * The server, the wrappers and the agents' own processes, once each of these agents is there. Loggers are left
 * out: they fork, and `up` does not wait for them.
 */
export async function started(sandbox: Sandbox, ids: readonly string[]) {
  const agents = await treesOf(sandbox, ids)
  const seen = processesIn(sandbox)
  const pids = new Set(wrapperPids(seen))
  const wrappers = seen.filter(({ pid }) => pids.has(pid))
  return {
    agents,
    wrappers: wrappers.map(({ pid }) => pid),
    servers: [...new Set(wrappers.map(({ ppid }) => ppid))],
  }
}

/** Pids of the wrappers; a subshell of one is not one. */
export function wrappersIn(sandbox: Sandbox): readonly number[] {
  return wrapperPids(processesIn(sandbox))
}

function wrapperPids(seen: readonly Seen[]): readonly number[] {
  const shells = seen.filter(({ args }) => args.includes('/agent-wrapper.sh '))
  const pids = new Set(shells.map(({ pid }) => pid))
  return shells.filter(({ ppid }) => !pids.has(ppid)).map(({ pid }) => pid)
}

/** Value of a variable in the environment that a process was started with; null: not set. */
export function variable(seen: Seen, name: string): string | null {
  const entry = seen.environ.split('\0').find((text) => text.startsWith(`${name}=`))
  return entry === undefined ? null : entry.slice(name.length + 1)
}

/** The environment of a process, as it was started. */
export function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  return Object.fromEntries(entries.map((entry) => [entry.split('=')[0] ?? '', entry.replace(/^[^=]*=/, '')]))
}

export function workingDirectory(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`)
}

/** Is the process there, and not a zombie? */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

export function allProcesses(): readonly Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
}

function readProcess(pid: number): Seen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return null
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { pid, ppid: Number(ppid), args, environ: readFileSync(`/proc/${pid}/environ`, 'utf8') }
  } catch {
    return null // ended meanwhile, or another user's
  }
}
