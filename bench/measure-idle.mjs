// What a team costs that does nothing: memory of wrappers and loggers, and whether anything wakes up.
import { readdirSync } from 'node:fs'
import { allPids, pause, readOrEmpty, statOf } from './processes.mjs'
import { createTeam, idle } from './team.mjs'

const watchMs = 5_000

/** @returns memory per agent in kB, CPU in ms and context switches of everything during `seconds` */
export async function measureIdle({ sandbox, agents, program }) {
  const team = createTeam({ sandbox, name: `rest-${agents}`, agents, command: idle, program })
  await team.team(['up'])
  await pause(1_000)
  const processes = await ownProcesses(team)
  const memory = memoryOf(processes, agents)
  const everything = [processes.server, ...processes.wrappers, ...processes.loggers]
  const before = activityOf(everything)
  await pause(watchMs)
  const after = activityOf(everything)
  await team.team(['down', '--now'])
  return {
    memory,
    seconds: watchMs / 1_000,
    processes: everything.length,
    cpuMs: after.cpuMs - before.cpuMs,
    switches: after.switches - before.switches,
  }
}

/** The server, the wrappers without their agents, and the loggers with their children. */
async function ownProcesses(team) {
  const { stdout } = await team.tmux(['list-panes', '-a', '-F', '#{pid} #{pane_pid}'])
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
  const [server] = rows[0]
  const wrappers = rows.map(([, pane]) => pane)
  const children = childrenByParent()
  const loggers = (children.get(server) ?? []).filter((pid) => !wrappers.includes(pid))
  const tree = (pid) => [pid, ...(children.get(pid) ?? []).flatMap(tree)]
  return { server, wrappers, loggers: loggers.flatMap(tree) }
}

function childrenByParent() {
  const children = new Map()
  for (const pid of allPids()) {
    const ppid = statOf(pid)?.ppid
    if (ppid !== undefined) children.set(ppid, [...(children.get(ppid) ?? []), pid])
  }
  return children
}

function memoryOf({ wrappers, loggers }, agents) {
  const sum = (pids, field) => pids.reduce((total, pid) => total + rollup(pid, field), 0) / agents
  return {
    pssKb: sum([...wrappers, ...loggers], 'Pss'),
    rssKb: sum([...wrappers, ...loggers], 'Rss'),
    wrapperPssKb: sum(wrappers, 'Pss'),
    loggerPssKb: sum(loggers, 'Pss'),
    processes: (wrappers.length + loggers.length) / agents,
  }
}

function rollup(pid, field) {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))
  return Number(match?.[1] ?? 0)
}

function activityOf(pids) {
  const total = { cpuMs: 0, switches: 0 }
  for (const pid of pids) {
    total.cpuMs += statOf(pid)?.cpuMs ?? 0
    for (const thread of threadsOf(pid)) {
      const status = readOrEmpty(`/proc/${pid}/task/${thread}/status`)
      for (const [, count] of status.matchAll(/ctxt_switches:\s+(\d+)/g)) total.switches += Number(count)
    }
  }
  return total
}

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}
