import { createHash } from 'node:crypto'
import { capture } from '../io/exec.ts'
import { shellQuote } from '../render/quote.ts'
import type { SocketPlace } from '../supervisor/units/place.ts'
import type { UnitHost } from '../supervisor/units/write.ts'
import { createTmuxServer, type TmuxServer, tmuxEnvironment } from '../terminal/tmux-server.ts'
import type { Context } from './context.ts'
import { tmuxTimeoutMs, wrapperShell } from './team.ts'

/** What units are made with on this machine. */
export function unitHost(env: Context['env'], template: (name: string) => string): UnitHost {
  return {
    server: (place) => unitServer(place, env),
    socketFor: async (marker) => socketFor(marker, env),
    env: tmuxEnvironment(env),
    shell: wrapperShell(),
    template,
    quote: shellQuote,
  }
}

/** Short, since the path of a socket may have a hundred bytes. */
function socketFor(marker: string, env: Context['env']): SocketPlace {
  const hash = createHash('sha256').update(marker).digest('hex').slice(0, 16)
  return { name: `unit-${hash}`, directory: env.TMUX_TMPDIR ?? '' }
}

/** The shell of a later command may have another TMUX_TMPDIR than the one that the unit was started from. */
function unitServer({ name, directory }: SocketPlace, env: Context['env']): TmuxServer {
  return createTmuxServer({
    binary: 'tmux',
    socketName: name,
    env: { ...env, TMUX_TMPDIR: directory === '' ? undefined : directory },
    exec: capture,
    timeoutMs: tmuxTimeoutMs,
  })
}
