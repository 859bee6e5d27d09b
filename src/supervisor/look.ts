import type { Terminal } from '../model/supervisor.ts'
import type { TerminalLook } from '../model/turn.ts'
import type { TmuxServer } from '../terminal/tmux-server.ts'

/** Last lines of a screen, without tmux's own. */
export function lastLines(screen: string): readonly string[] {
  return screen
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Pane is dead'))
    .slice(-5)
}

/** Title and screen of a terminal; `target` is what tmux finds its pane by. */
export async function lookAt(server: TmuxServer, target: string, terminal: Terminal): Promise<TerminalLook> {
  const reply = await server.call(['display-message', '-p', '-t', target, '#{pane_title}'])
  return { title: reply.stdout.trimEnd(), screen: await terminal.capture({ lines: null }) }
}
