import { readIfExists } from '../../io/files.ts'
import type { Terminal } from '../../model/supervisor.ts'
import type { Unit } from '../../model/unit.ts'
import { sessionName } from '../../terminal/tmux-boot.ts'
import { exactTarget } from '../../terminal/tmux-quote.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'
import { tmuxTerminal } from '../../terminal/tmux-terminal.ts'
import { runnerFiles } from '../runner-file.ts'
import { placeOf, type SocketPlace } from './place.ts'

/** The terminal of one unit, and how to reach it. */
export interface UnitTerminal {
  readonly server: TmuxServer
  /** What tmux finds its pane by. */
  readonly target: string
  readonly terminal: Terminal
}

export function unitTerminal(
  unit: Unit,
  team: string,
  serverAt: (socket: SocketPlace) => TmuxServer,
): UnitTerminal {
  const { socket, agentDir } = placeOf(unit.handle)
  const [project = '', agent = ''] = unit.id.split(':')
  const session = sessionName(team, project, agent)
  const server = serverAt(socket)
  const live = tmuxTerminal(server, { session, pane: null })
  return {
    server,
    target: exactTarget(session),
    terminal: {
      ...live,
      capture: async (options) => lastScreen(agentDir) ?? live.capture(options),
    },
  }
}

/** What the terminal showed last; null while there is one. */
export function lastScreen(agentDir: string): string | null {
  return readIfExists(`${agentDir}/${runnerFiles.screen}`) || null
}
