import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'

/** A pipe between this process and a program. */
export interface Pipe {
  /** The program's end: a file descriptor, to be closed here once the program has it. */
  readonly theirs: number
  readonly ours: Socket
}

/**
 * A pipe that the program can also open by its name in `/dev`: what Node makes by itself is a socket, and
 * `echo >/dev/stderr` fails on one. `path` is where it is made, and is free afterwards. null: none can be made there.
 */
export function openPipe(path: string, ours: 'read' | 'write'): Pipe | null {
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' })
    return ours === 'read' ? reading(path) : writing(path)
  } catch {
    return null
  } finally {
    rmSync(path, { force: true })
  }
}

// Each end is opened by itself, so that only ours does not block.
function reading(path: string): Pipe {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const theirs = openSync(path, constants.O_WRONLY)
  return { theirs, ours: new Socket({ fd, readable: true, writable: false }) }
}

function writing(path: string): Pipe {
  // Neither end can be opened without the other: this is both, as long as they are missing.
  const both = openSync(path, constants.O_RDWR)
  const theirs = openSync(path, constants.O_RDONLY)
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  closeSync(both)
  return { theirs, ours: new Socket({ fd, readable: false, writable: true }) }
}
