import { join } from 'node:path'
import { readIfExists, writeIfChanged } from './files.ts'

const fileName = 'name'

/** The name under which the agents of this state directory were started last; null: none ever was. Never throws. */
export function recordedName(stateDir: string): string | null {
  try {
    return readIfExists(join(stateDir, fileName))?.trim() || null
  } catch {
    return null
  }
}

/** @throws TeamError `state-unwritable` */
export function recordName(stateDir: string, name: string): void {
  writeIfChanged(join(stateDir, fileName), `${name}\n`)
}
