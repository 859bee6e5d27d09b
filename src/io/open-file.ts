import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs'
import { systemErrorCode, TeamError } from '../errors.ts'

/** Opened for reading; null when there is none. @throws TeamError `state-unreadable`, also for what is no file. */
export function openIfExists(path: string): number | null {
  let fd: number
  try {
    // Without waiting, should a named pipe be in its place.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unreadable(path, error)
  }
  const stat = fstatSync(fd)
  if (stat.isFile() || isNull(stat)) return fd
  closeSync(fd)
  const what = stat.isDirectory() ? 'a directory' : stat.isFIFO() ? 'a named pipe' : 'a device'
  throw new TeamError('state-unreadable', `cannot read ${path}: ${what} is in the way`, {
    hint: 'move it away',
  })
}

/** /dev/null reads as empty: it is what a masked unit is a link to. */
function isNull(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === statSync('/dev/null').rdev
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on the whole machine',
  ENXIO: 'a socket or a device is in the way',
  EOPNOTSUPP: 'a socket is in the way',
  ELOOP: 'too many symbolic links',
}

const hints: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit of open files (ulimit -n, or the limits of your login)',
  ENFILE: 'end something: all programs together have no files left to open; ulimit -n does not help here',
  ENXIO: 'move it away',
  EOPNOTSUPP: 'move it away',
}

export function unreadable(path: string, error: unknown): TeamError {
  const code = systemErrorCode(error) ?? 'unknown error'
  return new TeamError('state-unreadable', `cannot read ${path}: ${reasons[code] ?? code}`, {
    hint: hints[code] ?? 'make it readable for you, or move it away',
    cause: error,
  })
}

/** No file can be opened any more: that says nothing about the one that was to be. */
export function isOutOfFiles(error: TeamError): boolean {
  const code = systemErrorCode(error.cause)
  return code === 'EMFILE' || code === 'ENFILE'
}
