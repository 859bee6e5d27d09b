import type { Processes, ProcessInfo } from '../../io/processes.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'
import { requireVersion } from './version.ts'

/** What was read while the server was asked for its agents; null: nobody has foreseen that it is needed. */
export interface Foresight {
  readonly foresee: NonNullable<Supervisor['foresee']>
  readonly table: () => Promise<readonly ProcessInfo[]> | null
  readonly version: () => Promise<void> | null
}

export function createForesight(server: TmuxServer, processes: Processes): Foresight {
  let table: Promise<readonly ProcessInfo[]> | null = null
  let version: Promise<void> | null = null
  return {
    foresee(what) {
      if (what === 'drain') table = processes.scan()
      else version = requireVersion(server)
      // Told to whoever asks for it.
      for (const read of [table, version]) read?.catch(() => undefined)
    },
    table: () => table,
    version: () => version,
  }
}
