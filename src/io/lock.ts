import { linkSync, lstatSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode, TeamError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { makePrivateDirectory, unwritable } from './files.ts'
import { removeLeftovers } from './leftovers.ts'
import type { Processes } from './processes.ts'

/** Who holds a lock: the pid is worth nothing without the start time. */
interface Holder {
  readonly pid: number
  readonly start: string
  readonly command: string
}

export interface LockRequest {
  readonly path: string
  /** Shown to whoever has to wait: `team reload`. */
  readonly command: string
  /** ms to wait for another holder before giving up. */
  readonly waitMs: number
  readonly clock: Clock
  readonly processes: Processes
  /** Called once when it has to wait. */
  readonly onWait: (holder: { pid: number; command: string }) => void
  /** Aborting ends the waiting. */
  readonly interrupted: AbortSignal
}

/** ms between two tries: grows, so that hundreds that wait leave the holder some time. */
const pollMs = 25
const longestPollMs = 250

/** Of this process, which may do several things at once. */
let requests = 0

/**
 * Takes the lock file, waiting for a live holder and healing a dead one's. Resolves to the release function.
 * @throws TeamError `locked` (exit 5) after `waitMs`, `interrupted`, `state-unwritable`
 */
export async function acquireLock(request: LockRequest): Promise<() => void> {
  const { path, clock, processes } = request
  makePrivateDirectory(dirname(path))
  requests += 1
  const mine = `${path}.${process.pid}.${requests}`
  const self = processes.find(process.pid)
  const holder: Holder = { pid: process.pid, start: self?.start ?? '', command: request.command }
  const text = JSON.stringify(holder)
  const deadline = clock.now() + request.waitMs
  let told = false
  let healed = false
  let pause = pollMs
  try {
    writeFileSync(mine, text, { mode: 0o600 })
    while (!tryLink(mine, path)) {
      const found = readHolder(path)
      if (found === 'gone') continue
      if (found === 'broken' || !isAlive(found, processes)) {
        breakLock(path, mine, processes)
        healed = true
        await clock.sleep(1)
        continue
      }
      if (!told) request.onWait(found)
      told = true
      if (request.interrupted.aborted) throw interruptedError(found)
      if (clock.now() >= deadline) throw lockedError(found)
      await clock.sleep(pause, request.interrupted)
      // Not all at the same moment.
      pause = Math.min(longestPollMs, pause * (1.1 + Math.random() / 4))
    }
  } catch (error) {
    throw unwritable(path, error)
  } finally {
    forget(mine)
  }
  // A command that was killed while it held the lock may have been writing anywhere.
  removeLeftovers(dirname(path), { deep: healed, isAlive: (pid) => processes.find(pid) !== null })
  return () => release(path, text)
}

/** `rmSync` takes a ms at its first use. */
function forget(mine: string): void {
  try {
    unlinkSync(mine)
  } catch {
    // It could not be made.
  }
}

/** Who holds it, alive; null: nobody does. */
export function lockHolder(
  path: string,
  processes: Processes,
): { readonly pid: number; readonly start: string } | null {
  const found = readHolder(path)
  return found === 'gone' || found === 'broken' || !isAlive(found, processes) ? null : found
}

function lockedError(holder: Holder): TeamError {
  return new TeamError('locked', `another command holds the lock: ${holder.command} (pid ${holder.pid})`, {
    hint: 'wait for it to end, or give it longer with --lock-timeout',
  })
}

function interruptedError(holder: Holder): TeamError {
  return new TeamError('interrupted', `no longer waiting for ${holder.command} (pid ${holder.pid})`, {
    hint: 'nothing was done; that command goes on',
  })
}

/** link() is atomic and fails when the name exists, and the file is complete from its first moment. */
function tryLink(mine: string, path: string): boolean {
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  }
}

function readHolder(path: string): Holder | 'gone' | 'broken' {
  try {
    // A link to nothing would look gone for ever, and a fifo is not read to its end.
    if (!lstatSync(path).isFile()) return 'broken'
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isHolder(value) ? value : 'broken'
  } catch (error) {
    if (error instanceof SyntaxError) return 'broken'
    if (systemErrorCode(error) === 'ENOENT') return 'gone'
    throw error
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  return (
    'pid' in value &&
    typeof value.pid === 'number' &&
    'start' in value &&
    typeof value.start === 'string' &&
    'command' in value &&
    typeof value.command === 'string'
  )
}

function isAlive(holder: Holder, processes: Processes): boolean {
  return processes.find(holder.pid)?.start === holder.start
}

/**
 * Removes a dead holder's lock. Only one of several rivals may: the guard decides which, and the lock is
 * read again under it, since a rival may have healed it and taken it meanwhile.
 */
function breakLock(path: string, mine: string, processes: Processes): void {
  const guard = `${path}.break`
  if (!tryLink(mine, guard)) {
    // A breaker that was itself killed in these few instructions leaves a guard that nobody owns.
    if (isDead(readHolder(guard), processes)) renameAway(guard)
    return
  }
  try {
    if (isDead(readHolder(path), processes)) unlinkSync(path)
  } finally {
    rmSync(guard, { force: true })
  }
}

function isDead(found: Holder | 'gone' | 'broken', processes: Processes): boolean {
  return found === 'broken' || (found !== 'gone' && !isAlive(found, processes))
}

function renameAway(path: string): void {
  try {
    renameSync(path, `${path}.${process.pid}.dead`)
  } catch {
    return // a rival did
  }
  rmSync(`${path}.${process.pid}.dead`, { force: true })
}

function release(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) unlinkSync(path)
  } catch {
    // The state directory may be gone (a `down` may be followed by its removal): nothing is held then.
  }
}
