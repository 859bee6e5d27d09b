import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** `<name>.<pid>.tmp` of an atomic write, `lock.<pid>.<n>` of a lock that is being taken. */
const pattern = /(?:\.(\d+)\.tmp|^lock\.(\d+)(?:\.\d+)?(?:\.dead)?)$/

/**
 * Removes the temporary files that killed processes have left in a directory; with `deep`, below it too.
 * Never fails: they only take up room.
 */
export function removeLeftovers(
  directory: string,
  options: { readonly deep: boolean; readonly isAlive: (pid: number) => boolean },
): void {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) {
        if (options.deep) removeLeftovers(path, options)
        continue
      }
      const match = pattern.exec(entry.name)
      if (match !== null && !options.isAlive(Number(match[1] ?? match[2]))) rmSync(path, { force: true })
    }
  } catch {
    // Gone, or not ours to read.
  }
}
