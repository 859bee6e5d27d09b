import type { AgentId } from '../../model/agent.ts'
import type { Launch } from '../../model/launch.ts'
import type { Observation } from '../../model/unit.ts'
import { labelsOf, parseLabels } from '../labels.ts'

/**
 * One pane option for all labels: tmux looks at every session after each option that is set, so that ten options
 * took half of the time in which 50 agents start.
 */
export const labelOption = '@team_labels'

/** Name and value of the option that `launch` gives its pane. */
export function labelOf(launch: Launch): readonly [name: string, value: string] {
  return [labelOption, labelsOf(launch)]
}

/** Format of one pane: what tmux knows, the labels, and the server's pid at its end; `|` never occurs in a field. */
export const labelFormat = `#{session_name}|#{pane_id}|#{pane_pid}|#{pane_dead}|#{pane_pipe}|#{window_activity}|#{${labelOption}}|#{pid}`

/** Pid of the server that printed panes as `labelFormat`; null when there are none. */
export function serverPidOf(panes: string): number | null {
  const [line = ''] = panes.split('\n', 1)
  const pid = Number(line.slice(line.lastIndexOf('|') + 1))
  return Number.isInteger(pid) && pid > 1 ? pid : null
}

/**
 * One line of `list-panes -F labelFormat`; null: a pane that carries no labels of this team. A label that
 * cannot be read makes the unit `unknown`, never absent. It is unchanged when it has shown nothing in the second of
 * `seenAt` or since.
 */
export function parsePane(
  line: string,
  team: string,
  seenAt: ReadonlyMap<AgentId, number> = new Map(),
): Observation | null {
  const [session = '', pane = '', pidText, dead, piped, shownAt, ...fields] = line.split('|')
  const parsed = parseLabels(fields, team)
  if (parsed === null) return null
  const { labels, readable } = parsed
  const pid = Number(pidText)
  const known = Number.isInteger(pid)
  return {
    ...labels,
    unit: {
      supervisor: 'tmux',
      id: labels.id,
      name: session,
      handle: pane,
      pid: dead === '1' || !known ? null : pid,
      ...(dead === '1' && known ? { endedPid: pid } : {}),
    },
    liveness: readable ? (dead === '1' ? 'exited' : 'running') : 'unknown',
    look: null,
    ...(dead !== '1' && piped === '0' ? { unlogged: true } : {}),
    ...(Number(shownAt) < (seenAt.get(labels.id) ?? 0) ? { unchanged: true } : {}),
  }
}
