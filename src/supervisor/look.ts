import type { TerminalLook } from '../model/activity.ts'
import type { TmuxServer } from '../terminal/tmux-server.ts'

/** Last lines of a screen, without tmux's own. */
export function lastLines(screen: string): readonly string[] {
  return screen
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Pane is dead'))
    .slice(-5)
}

/** A title that nobody has set is the name of the host. */
export const lookFormat =
  '#{cursor_x} #{cursor_y} #{cursor_flag} #{?#{==:#{pane_title},#{host}},,#{pane_title}}'

/** `head` as `lookFormat`, and the rows of the screen. */
export function parseLook(head: string, rows: readonly string[]): TerminalLook {
  const [x = '', y = '', visible = '', ...title] = head.split(' ')
  const cursor = { x: Number(x), y: Number(y), visible: visible === '1' }
  return { title: title.join(' ').trimEnd(), cursor, lines: rows.map((row) => row.trimEnd()) }
}

/** `target` is what tmux finds the pane by. null: there is none. */
export async function lookAt(server: TmuxServer, target: string): Promise<TerminalLook | null> {
  const capture = ['capture-pane', '-p', '-t', target]
  const { ok, stdout } = await server.call([
    'display-message',
    '-p',
    '-t',
    target,
    lookFormat,
    ';',
    ...capture,
  ])
  const [head = '', ...rows] = stdout.split('\n')
  return ok ? parseLook(head, rows) : null
}
