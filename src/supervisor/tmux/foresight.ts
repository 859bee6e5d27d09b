import type { SocketFile } from '../../io/socket-file.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'
import { requireVersion } from './version.ts'

interface Seen {
  readonly server: TmuxServer
  readonly socket: SocketFile
  /** Starts a server, to be used or dropped. */
  readonly boot: () => void
}

/** What was begun before anything was asked for; null: nobody has foreseen that it is needed. */
export interface Foresight {
  readonly foreseeStart: () => void
  readonly version: () => Promise<void> | null
  /** True once, for the next look: there is no server to ask, one is about to be started. */
  readonly isAbsent: () => boolean
}

export function createForesight({ server, socket, boot }: Seen): Foresight {
  let version: Promise<void> | null = null
  let absent = false
  return {
    foreseeStart() {
      if (socket.mayBeLive()) return
      absent = true
      version = requireVersion(server)
      version.catch(() => undefined) // told to whoever asks for it
      boot()
    },
    version: () => version,
    isAbsent() {
      const was = absent
      absent = false
      return was
    },
  }
}
