import type { Processes, ProcessInfo } from '../../io/processes.ts'
import type { SocketFile } from '../../io/socket-file.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'
import { requireVersion } from './version.ts'

interface Seen {
  readonly server: TmuxServer
  readonly processes: Processes
  readonly socket: SocketFile
  /** Starts a server, to be used or dropped. */
  readonly boot: () => void
}

/** What was read while the server was asked for its agents; null: nobody has foreseen that it is needed. */
export interface Foresight {
  readonly foresee: NonNullable<Supervisor['foresee']>
  readonly table: () => Promise<readonly ProcessInfo[]> | null
  readonly version: () => Promise<void> | null
  /** True once, for the next look: there is no server to ask, one is about to be started. */
  readonly isAbsent: () => boolean
}

export function createForesight({ server, processes, socket, boot }: Seen): Foresight {
  let table: Promise<readonly ProcessInfo[]> | null = null
  let version: Promise<void> | null = null
  let absent = false
  return {
    foresee(what) {
      if (what === 'drain') table = processes.scan()
      else if (!socket.mayBeLive()) {
        absent = true
        version = requireVersion(server)
        boot()
      }
      // Told to whoever asks for it.
      for (const read of [table, version]) read?.catch(() => undefined)
    },
    table: () => table,
    version: () => version,
    isAbsent() {
      const was = absent
      absent = false
      return was
    },
  }
}
