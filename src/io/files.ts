import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode, TeamError } from '../errors.ts'
import { openIfExists, unreadable } from './open-file.ts'

/** Private: what `team` writes may hold secrets. */
const fileMode = 0o600
const directoryMode = 0o700

/** Text of a file, or null when there is none. @throws TeamError `state-unreadable`, also for what is no file. */
export function readIfExists(path: string): string | null {
  const fd = openIfExists(path)
  if (fd === null) return null
  try {
    return readFileSync(fd, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces a file atomically (write, fsync, rename), mode 0600 unless told otherwise, in a directory of mode 0700 that is
 * made when missing. Readers see the old text or the new one, never a part. `sync` false: what a failing machine may
 * lose, and a killed process does not.
 * @throws TeamError `state-unwritable`
 */
export function writeAtomic(
  path: string,
  text: string,
  options: { readonly sync: boolean; readonly mode?: number } = { sync: true },
): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const fd = openForWriting(temporary)
    try {
      // Not writeSync, which on a disk that is about to be full writes a part and says nothing.
      writeFileSync(fd, text)
      if (options.mode !== undefined) fchmodSync(fd, options.mode)
      // Also the faster way: ext4 flushes a rename over an existing file that was not synced.
      if (options.sync) fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw unwritable(path, error)
  }
}

/** Makes the file whole or not at all; false: it is there already. @throws TeamError `state-unwritable` */
export function linkOnce(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true })
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw unwritable(path, error)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Changes a regular file of exactly this length in place, in a single write. False when there is none: nothing is done. */
export function overwrite(path: string, text: string): boolean {
  let fd: number | null = null
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
    const found = fstatSync(fd)
    if (!found.isFile() || found.size !== text.length) return false
    return writeSync(fd, text, 0) === text.length
  } catch {
    return false // the caller writes it anew, and says why it cannot
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

/** Writes only when the text differs: an unchanged file keeps its time and costs one read. */
export function writeIfChanged(path: string, text: string): boolean {
  let current: string | null = null
  try {
    current = readIfExists(path)
  } catch {
    // Unreadable or a directory: writing says precisely what is wrong.
  }
  if (current === text) return false
  writeAtomic(path, text)
  return true
}

/** Appends a newline to a file that is there and does not end in one. Where that cannot be, the file stays as it is. */
export function endLine(path: string): void {
  let fd: number | null = null
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW)
    const { size } = fstatSync(fd)
    const last = Buffer.alloc(1)
    if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10) writeSync(fd, '\n')
  } catch {
    // There is no log yet, or a full disk: a line that is two lines is no reason to start nothing.
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

/** Appends one line in a single write, which concurrent appenders cannot tear (lines under 4 kB). */
export function appendLine(path: string, line: string): void {
  try {
    const fd = openSync(path, 'a', fileMode)
    try {
      const bytes = Buffer.from(`${line}\n`)
      // A disk that is about to be full takes a part, and says why only to the next write.
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** @throws TeamError `state-unwritable` */
export function makePrivateDirectory(path: string): void {
  try {
    makeDirectories(path, directoryMode)
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Those above it as well. Not `recursive`, which never returns where nothing can be made, as in /proc (Node 20). */
export function makeDirectories(path: string, mode?: number): void {
  try {
    makeDirectory(path, mode)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    makeDirectories(dirname(path), mode)
    makeDirectory(path, mode)
  }
}

function makeDirectory(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'w', fileMode)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
    makeDirectories(dirname(path), directoryMode)
    return openSync(path, 'w', fileMode)
  }
}

const stateHint = 'make the state directory writable, or name another one with TEAM_STATE_DIR'

export function unwritable(path: string, error: unknown, hint = stateHint): TeamError {
  if (error instanceof TeamError) return error
  const reasons: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space left on the device',
    EDQUOT: 'disk quota exceeded',
    ENOTDIR: 'a part of the path is not a directory',
    EEXIST: 'a file is in the way',
    EISDIR: 'a directory is in the way',
    ENOENT: 'no such directory',
  }
  const code = systemErrorCode(error) ?? 'unknown error'
  return new TeamError('state-unwritable', `cannot write ${path}: ${reasons[code] ?? code}`, {
    hint,
    cause: error,
  })
}

/** Is it the state directory that cannot be written to? */
export function isUnwritable(error: unknown): boolean {
  return error instanceof TeamError && error.code === 'state-unwritable'
}

/** Does what may be left undone where the state directory cannot be written to. */
export async function ifWritable(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isUnwritable(error)) throw error
  }
}

/** Calls back after changes of a file or in a directory, as far as the system tells: the caller looks by itself now and then. Returns the stop function. */
export function watchPath(path: string, changed: (file: string | null) => void): () => void {
  try {
    const watcher = watch(path, (_, file) => changed(file)).on('error', () => undefined)
    return () => watcher.close()
  } catch {
    return () => undefined // no such path, or out of watches
  }
}
