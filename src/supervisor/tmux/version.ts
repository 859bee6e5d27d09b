import { TeamError } from '../../errors.ts'
import type { TmuxServer } from '../../terminal/tmux-server.ts'

/** Oldest tmux that has everything used here (`copy-mode -q`, `source-file -`, pane options). */
export const oldestTmux = [3, 2] as const

/** `tmux 3.3a`, `tmux next-3.6`, `tmux 3.2-rc` → [3, 3]; null for a text that holds no version. */
export function parseTmuxVersion(text: string): readonly [number, number] | null {
  const match = /(\d+)\.(\d+)/.exec(text)
  return match === null ? null : [Number(match[1]), Number(match[2])]
}

export function isNewEnough([major, minor]: readonly [number, number]): boolean {
  return major > oldestTmux[0] || (major === oldestTmux[0] && minor >= oldestTmux[1])
}

/** @throws TeamError `tmux-missing`, `tmux-too-old`, `tmux-timeout` */
export async function requireVersion(server: TmuxServer): Promise<void> {
  const text = (await server.call(['-V'])).stdout.trim()
  const version = parseTmuxVersion(text)
  // Development builds (`tmux master`) carry no number: they are newer than any release.
  if (version === null || isNewEnough(version)) return
  throw new TeamError(
    'tmux-too-old',
    `${text} is too old: team needs tmux ${oldestTmux.join('.')} or newer`,
    {
      hint: 'install a newer tmux, or put one first in PATH; then run: team doctor',
    },
  )
}
