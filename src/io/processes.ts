import { readdirSync, readFileSync, statSync } from 'node:fs'

/** A process as the kernel shows it. `start` with `pid` identifies it for ever; a pid alone does not. */
export interface ProcessInfo {
  readonly pid: number
  readonly ppid: number
  readonly pgrp: number
  readonly session: number
  /** Foreground process group of its terminal; -1 without one. */
  readonly tpgid: number
  /** Opaque; equal for the same process. */
  readonly start: string
  /** A zombie has ended: only its parent has not looked yet. */
  readonly zombie: boolean
  readonly stopped: boolean
}

/** What a drain needs from the process table. Linux reads /proc; elsewhere `ps` (see processes-ps.ts). */
export interface Processes {
  /** Every process that can be seen. */
  scan(): Promise<readonly ProcessInfo[]>
  /** null: gone (or a zombie). */
  find(pid: number): ProcessInfo | null
  /** Pids of this user's processes whose environment holds `NAME=value`, for each value asked for. */
  carriers(name: string, values: ReadonlySet<string>): Promise<ReadonlyMap<number, string>>
  /** Arguments, separated by blanks; null: gone, or not to be seen. */
  commandLine(pid: number): string | null
  /** False when the process is gone or the pid now belongs to another. @throws EPERM */
  signal(process: { readonly pid: number; readonly start: string }, signal: NodeJS.Signals): boolean
}

/** Fields of /proc/<pid>/stat after the command name, which may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessInfo | null {
  const close = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  if (close === -1 || !Number.isInteger(pid)) return null
  const fields = text.slice(close + 2).split(' ')
  const [state, ppid, pgrp, session, , tpgid] = fields
  const start = fields[19]
  if (start === undefined || state === undefined) return null
  return {
    pid,
    ppid: Number(ppid),
    pgrp: Number(pgrp),
    session: Number(session),
    tpgid: Number(tpgid),
    start,
    zombie: state === 'Z' || state === 'X',
    stopped: state === 'T' || state === 't',
  }
}

function readStat(pid: number | string): ProcessInfo | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null // ended between the listing and the reading
  }
}

/** NUL-separated `NAME=value` entries; the value that `name` has, or null. */
export function environValue(environ: string, name: string): string | null {
  const prefix = `${name}=`
  const at = environ.startsWith(prefix) ? 0 : environ.indexOf(`\0${prefix}`) + 1
  if (at === 0 && !environ.startsWith(prefix)) return null
  const end = environ.indexOf('\0', at)
  return environ.slice(at + prefix.length, end === -1 ? undefined : end)
}

function pids(): string[] {
  return readdirSync('/proc').filter((name) => name.charCodeAt(0) >= 48 && name.charCodeAt(0) <= 57)
}

export const linuxProcesses: Processes = {
  scan: async () => pids().flatMap((pid) => readStat(pid) ?? []),

  find(pid) {
    const found = readStat(pid)
    return found === null || found.zombie ? null : found
  },

  async carriers(name, values) {
    const uid = process.getuid?.()
    const found = new Map<number, string>()
    for (const pid of pids()) {
      const value = readEnviron(pid, name)
      if (value === null || !values.has(value)) continue
      if (ownerOf(pid) === uid) found.set(Number(pid), value)
    }
    return found
  },

  commandLine(pid) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      return null
    }
  },

  signal(target, signal) {
    const now = readStat(target.pid)
    if (now === null || now.start !== target.start) return false
    return sendSignal(target.pid, signal)
  },
}

function readEnviron(pid: string, name: string): string | null {
  try {
    return environValue(readFileSync(`/proc/${pid}/environ`, 'utf8'), name)
  } catch {
    return null // another user's, or gone
  }
}

function ownerOf(pid: string): number | null {
  try {
    return statSync(`/proc/${pid}`).uid
  } catch {
    return null
  }
}

/** False when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  // 0, -1 and 1 would reach a group, everything, or init.
  if (pid <= 1) throw new RangeError(`refusing to signal pid ${pid}`)
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
