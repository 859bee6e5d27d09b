import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'

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
  /** Any of them can be the parent of another process. */
  readonly threads: number
  /** A thread of the kernel, which has no environment. */
  readonly kernel?: true
}

/** What a drain needs from the process table. Linux reads /proc; elsewhere `ps` (see processes-ps.ts). */
export interface Processes {
  /** Every process that can be seen. Of those in `known`, by pid, only whether they are still there need be looked at. */
  scan(known?: ReadonlyMap<number, ProcessInfo>): Promise<readonly ProcessInfo[]>
  /** `roots`, all their descendants, and maybe others. */
  descendants(roots: readonly ProcessInfo[]): Promise<readonly ProcessInfo[]>
  /** Children of one process but `others`, zombies included. */
  children(pid: number, others?: ReadonlySet<number>): Promise<readonly ProcessInfo[]>
  /** null: gone (or a zombie, unless those count too). */
  find(pid: number, options?: { readonly zombies: boolean }): ProcessInfo | null
  /** What the variable `name` has in the environment of each of this user's processes `among` that has it: pid → value. */
  carriers(name: string, among: readonly ProcessInfo[]): Promise<ReadonlyMap<number, string>>
  /** ms since the epoch, as exact as the system tells; null: it does not. */
  startedAt(process: ProcessInfo): number | null
  /** Arguments, separated by blanks; null: gone, or not to be seen. */
  commandLine(pid: number): string | null
  /** How many files it may have open; null: not known, or no limit. */
  openFiles(pid: number): number | null
  /** False when the process is gone or the pid now belongs to another. @throws EPERM */
  signal(process: { readonly pid: number; readonly start: string }, signal: NodeJS.Signals): boolean
}

/** Fields of /proc/<pid>/stat after the command name, which may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessInfo | null {
  const close = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  if (close === -1 || !Number.isInteger(pid)) return null
  // The first 20 are enough.
  const fields = text.slice(close + 2).split(' ', 20)
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
    threads: Number(fields[17]),
    ...(isKernelThread(Number(fields[6])) ? { kernel: true } : {}),
  }
}

/** PF_KTHREAD of the kernel's sched.h. */
const isKernelThread = (flags: number): boolean => (flags & 0x00200000) !== 0

/** Of USER_HZ, the unit of times in /proc. */
const tickMs = 10

/** Larger than most environments; grows for the others. */
let scratch = Buffer.allocUnsafe(128 * 1024)

/**
 * A file of /proc; null: gone, or not ours to read. Valid until the next call: a census reads hundreds, and
 * readFileSync takes twice as long.
 */
function readProc(path: string): Buffer | null {
  let fd: number | null = null
  try {
    fd = openSync(path, 'r')
    let length = 0
    for (;;) {
      const count = readSync(fd, scratch, length, scratch.length - length, null)
      if (count === 0) return scratch.subarray(0, length)
      length += count
      if (length === scratch.length) scratch = Buffer.concat([scratch], scratch.length * 2)
    }
  } catch {
    return null
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

function readStat(pid: number | string): ProcessInfo | null {
  const stat = readProc(`/proc/${pid}/stat`)
  return stat === null ? null : parseStat(stat.toString('latin1'))
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
  scan: async (known) => pids().flatMap((pid) => known?.get(Number(pid)) ?? readStat(pid) ?? []),

  async descendants(roots) {
    const found = [...roots]
    // Grows while it is gone through.
    for (const parent of found) {
      const children = readChildren(parent)
      if (children === null) return linuxProcesses.scan()
      found.push(...children)
    }
    return found
  },

  async children(pid, others = new Set()) {
    const listed = readProc(`/proc/${pid}/task/${pid}/children`)?.toString('latin1')
    // Gone, or a kernel that has no such list.
    if (listed === undefined && readStat(pid) === null) return []
    if (listed === undefined)
      return (await linuxProcesses.scan()).filter((found) => found.ppid === pid && !others.has(found.pid))
    return listed
      .split(' ')
      .flatMap((child) => (child === '' || others.has(Number(child)) ? [] : (readStat(child) ?? [])))
  },

  find(pid, options) {
    const found = readStat(pid)
    return found?.zombie === true && options?.zombies !== true ? null : found
  },

  async carriers(name, among) {
    const uid = process.getuid?.()
    const found = new Map<number, string>()
    for (const { pid, kernel } of among) {
      const value = kernel === true ? null : readEnviron(pid, name)
      if (value !== null && ownerOf(pid) === uid) found.set(pid, value)
    }
    return found
  },

  startedAt({ start }) {
    const uptime = Number(readProc('/proc/uptime')?.toString('latin1').split(' ')[0] ?? Number.NaN)
    const startedAt = Date.now() - uptime * 1000 + Number(start) * tickMs
    return Number.isFinite(startedAt) ? startedAt : null
  },

  commandLine(pid) {
    return readProc(`/proc/${pid}/cmdline`)?.toString().replaceAll('\0', ' ') ?? null
  },

  openFiles(pid) {
    const limits = readProc(`/proc/${pid}/limits`)?.toString() ?? ''
    const limit = /^Max open files +(\d+)/m.exec(limits)?.[1]
    return limit === undefined ? null : Number(limit)
  },

  signal(target, signal) {
    const now = readStat(target.pid)
    if (now === null || now.start !== target.start) return false
    return sendSignal(target.pid, signal)
  },
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // gone
  }
}

/** Those of every thread; none of a process that is gone. null: a kernel without such lists. */
function readChildren({ pid, threads }: ProcessInfo): readonly ProcessInfo[] | null {
  const found: ProcessInfo[] = []
  for (const thread of threads === 1 ? [pid] : threadsOf(pid)) {
    const listed = readProc(`/proc/${pid}/task/${thread}/children`)?.toString('latin1')
    if (listed === undefined && existsSync(`/proc/${pid}/task/${thread}`)) return null
    for (const child of listed?.split(' ') ?? []) {
      const info = child === '' ? null : readStat(child)
      if (info !== null) found.push(info)
    }
  }
  return found
}

function readEnviron(pid: number, name: string): string | null {
  const environ = readProc(`/proc/${pid}/environ`)
  return environ?.includes(`${name}=`) ? environValue(environ.toString(), name) : null
}

function ownerOf(pid: number): number | null {
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
