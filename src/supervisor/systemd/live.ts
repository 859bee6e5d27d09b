import { existsSync, readdirSync } from 'node:fs'
import { systemErrorCode } from '../../errors.ts'

/** What the manager calls its note of each unit that is up; the journal reads them. */
const notePrefix = 'invocation:'

/**
 * Names of all units that are up, from the manager's own notes, which cost no call of it. null: a manager that keeps
 * none. Where none can be there, none are up.
 */
export function liveUnits(runtimeDirectory: string): readonly string[] | null {
  try {
    return readdirSync(`${runtimeDirectory}/systemd/units`)
      .filter((note) => note.startsWith(notePrefix))
      .map((note) => note.slice(notePrefix.length))
  } catch (error) {
    const code = systemErrorCode(error)
    // Of another user: no manager that answers us lives there.
    if (code === 'EACCES') return []
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    return existsSync(`${runtimeDirectory}/systemd/private`) ? null : []
  }
}
