import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { watchPath } from '../../io/files.ts'

/** ms; where no file event comes. */
const pollMs = 50

/** A file that a program writes into in place of a pipe, which is passed on as it grows. */
export interface OutputFile {
  /** What the program writes into. */
  readonly fd: number
  /** Passes on what is left, and removes the file. */
  end(): void
}

/** @throws what the file system throws */
export function openOutputFile(path: string, taken: (bytes: Buffer) => void): OutputFile {
  // Appending: none of those that write may write over what another has written.
  const fd = openSync(path, 'a+', 0o600)
  let offset = 0
  const look = (): void => {
    for (;;) {
      // A buffer of its own for each part: whoever takes it may keep it.
      const scratch = Buffer.allocUnsafe(64 * 1024)
      const count = readSync(fd, scratch, 0, scratch.length, offset)
      if (count === 0) return
      offset += count
      taken(scratch.subarray(0, count))
    }
  }
  const unwatch = watchPath(path, look)
  const timer = setInterval(look, pollMs)
  return {
    fd,
    end() {
      unwatch()
      clearInterval(timer)
      look()
      closeSync(fd)
      rmSync(path, { force: true })
    },
  }
}
