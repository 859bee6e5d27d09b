import type { Terminal } from '../model/supervisor.ts'
import { exactTarget } from './tmux-quote.ts'
import { expectOk, type TmuxServer } from './tmux-server.ts'

/** Keys for one pane; `copy-mode -q` first, as a pane in a mode keeps the keys from the program. */
export function keyCommands(target: string, keys: readonly string[]): readonly (readonly string[])[] {
  return [
    ['copy-mode', '-q', '-t', target],
    ['send-keys', '-t', target, '--', ...keys],
  ]
}

/** The terminal of one session; `pane` (`%3`) is exact, null means the session's active one. */
export function tmuxTerminal(
  server: TmuxServer,
  place: { readonly session: string; readonly pane: string | null },
): Terminal {
  const target = place.pane ?? exactTarget(place.session)
  return {
    attach: ({ readOnly }) => ({
      argv: server.argv(['attach-session', ...(readOnly ? ['-r'] : []), '-t', exactTarget(place.session)]),
      env: server.env,
    }),

    async keys(keys) {
      const reply = await server.source(keyCommands(target, keys))
      expectOk(reply, `sending keys to ${place.session}`, server.address)
    },

    async capture({ lines }) {
      const history = lines === null ? [] : ['-S', `-${lines}`]
      const reply = await server.call(['capture-pane', '-p', '-J', ...history, '-t', target])
      return expectOk(reply, `reading the screen of ${place.session}`, server.address).stdout
    },
  }
}
