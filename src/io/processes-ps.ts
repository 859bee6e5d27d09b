import { execFileSync } from 'node:child_process'
import type { Exec } from './exec.ts'
import { environValue, type Processes, type ProcessInfo, sendSignal } from './processes.ts'

/** One line of `ps -o pid=,ppid=,pgid=,tpgid=,stat=,lstart=`. */
export function parsePsLine(line: string): ProcessInfo | null {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line)
  if (match === null) return null
  const [, pid, ppid, pgrp, tpgid, state = '', start = ''] = match
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgrp: Number(pgrp),
    // ps cannot print a session id everywhere; the group leader of a terminal's session is close enough to miss nobody's child.
    session: Number(pgrp),
    tpgid: Number(tpgid),
    start,
    zombie: state.startsWith('Z'),
    stopped: state.startsWith('T'),
    threads: 1,
  }
}

/** What `ps` prints; it fails where there is no such process, which is an answer too. */
export function psOutput([file = 'ps', ...args]: readonly string[]): string {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

const columns = 'pid=,ppid=,pgid=,tpgid=,stat=,lstart='

/** The process table where there is no /proc (macOS). */
export function psProcesses(exec: Exec, execSync: (argv: readonly string[]) => string): Processes {
  const options = { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, cwd: '/', timeoutMs: 5_000 }
  const find: Processes['find'] = (pid, asked) => {
    const found = parsePsLine(execSync(['ps', '-o', columns, '-p', String(pid)]))
    return found?.zombie === true && asked?.zombies !== true ? null : found
  }
  const scan = async () => {
    const result = await exec(['ps', '-A', '-o', columns], options)
    return result.stdout.split('\n').flatMap((line) => parsePsLine(line) ?? [])
  }
  return {
    scan,
    // It costs the same.
    descendants: scan,
    children: async (pid, others) =>
      (await scan()).filter((found) => found.ppid === pid && others?.has(found.pid) !== true),
    find,
    async carriers(name, among) {
      const pids = new Set(among.map((process) => process.pid))
      // -E appends the environment, separated by blanks: what is asked for holds none.
      const result = await exec(['ps', '-x', '-E', '-ww', '-o', 'pid=,command='], options)
      const found = new Map<number, string>()
      for (const line of result.stdout.split('\n')) {
        const value = environValue(line.replaceAll(' ', '\0'), name)
        const pid = Number.parseInt(line, 10)
        if (value !== null && pids.has(pid)) found.set(pid, value)
      }
      return found
    },
    startedAt: ({ start }) => Date.parse(start) || null,
    openFiles: () => null,
    commandLine: (pid) => execSync(['ps', '-ww', '-o', 'command=', '-p', String(pid)]).trim() || null,
    signal(target, signal) {
      return find(target.pid)?.start === target.start && sendSignal(target.pid, signal)
    },
  }
}
