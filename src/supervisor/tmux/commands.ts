import type { Launch } from '../../model/launch.ts'
import type { StartRequest } from '../../model/supervisor.ts'
import type { Observation } from '../../model/unit.ts'
import { logCommand, sessionName } from '../../terminal/tmux-boot.ts'
import { exactTarget, type SourceLine, tmuxLine, tmuxSequence } from '../../terminal/tmux-quote.ts'
import { labelOf, labelOption } from './labels.ts'

type Command = readonly string[]

/**
 * What starts the agents: sessions with their labels first, then the logs. The wrappers start sooner so, and
 * nothing is lost: tmux reads no terminal before it has carried out the whole file.
 */
export function startCommands(requests: readonly StartRequest[]): readonly SourceLine[] {
  return [...requests.map(sessionLine), ...requests.map(({ launch }) => logLine(launch))]
}

/** One line: when somebody's session has that name already, tmux leaves out the rest of it, and the labels. */
function sessionLine({ launch }: StartRequest): SourceLine {
  const session = sessionName(launch.team, launch.project, launch.agent)
  return tmuxSequence([
    // `-c /`: the wrapper enters the agent's own directory, or says why it cannot; tmux would silently take another.
    ['new-session', '-d', '-s', session, '-c', '/', '--', ...launch.wrapper],
    ['set-option', '-p', '-t', exactTarget(session), ...labelOf(launch)],
  ])
}

/** Has the terminal of an agent written down from here on. */
export function logLine(launch: Launch): SourceLine {
  const session = sessionName(launch.team, launch.project, launch.agent)
  const log = tmuxLine(logCommand(session, launch.logger))
  return ['if-shell', '-F', '-t', exactTarget(session), `#{${labelOption}}`, log]
}

/** Launches whose session is there already and is not theirs, from what tmux said. */
export function namesTaken(errors: readonly string[]): ReadonlySet<string> {
  return new Set(errors.flatMap((line) => /^duplicate session: (.*)$/.exec(line)?.[1] ?? []))
}

/** The session of a unit; of one that somebody has moved into another session, its pane alone. */
export function removeCommand(team: string, unit: Observation): Command {
  const { handle, name } = unit.unit
  return isAtHome(team, unit) ? ['kill-session', '-t', exactTarget(name)] : ['kill-pane', '-t', handle]
}

function isAtHome(team: string, { id, unit }: Observation): boolean {
  const [project = '', agent = ''] = id.split(':')
  return unit.name === sessionName(team, project, agent)
}

/** Pauses between looks at panes that end, s: 1.4 in all. */
const writtenPauses = [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.36, 0.36, 0.36] as const

/**
 * Has tmux wait until the loggers have taken what these units have printed, whose wrappers have ended: it drops what it
 * has not handed on with the pane, and calls the pane dead only when there is nothing left. No process waits for it.
 */
export function writtenCommands(ended: readonly Observation[]): readonly SourceLine[] {
  const [first] = ended
  if (first === undefined) return []
  // Of its own: agents that end one after the other are removed by calls that overlap.
  const waiting = `@team-waits-${first.unit.handle.slice(1)}`
  const panes = `|${ended.map(({ unit }) => unit.handle).join('|')}|`
  const isUnwritten = `#{?#{&&:#{pane_pipe},#{m:*|#{pane_id}|*,${panes}}},#{?pane_dead,,x},}`
  const unwritten = `#{S:#{W:#{P:${isUnwritten}}}}`
  const over = `set-option -su ${waiting}`
  const look = (pause: number) => tmuxLine(['if-shell', '-F', unwritten, `run-shell -d ${pause}`, over])
  return [
    ['if-shell', '-F', unwritten, `set-option -s ${waiting} 1`, over],
    ...writtenPauses.map((pause) => ['if-shell', '-F', `#{${waiting}}`, look(pause)]),
    over,
  ]
}

/** Says the server's pid, and an x for each session that is left (`#{S:x}`); ends the server when there is none. */
export const shutdownCommands: readonly Command[] = [
  ['display-message', '-p', '#{pid} #{S:x}'],
  ['if-shell', '-F', '#{S:x}', '', 'kill-server'],
]

/**
 * The same after these sessions are removed. A server that holds nothing else (tmux lists sessions by name) is ended
 * at once: that takes it a third of the time in which it would remove 50 sessions.
 */
export function shutdownWithout(team: string, units: readonly Observation[]): readonly SourceLine[] {
  const names = units.map(({ unit }) => `${unit.name} `).sort()
  const oneByOne = [...units.map((unit) => removeCommand(team, unit)), ...shutdownCommands]
  if (!units.every((unit) => isAtHome(team, unit))) return oneByOne
  return [
    [
      'if-shell',
      '-F',
      `#{==:#{S:#{session_name} },${names.join('')}}`,
      "display-message -p '#{pid} ' ; kill-server",
      tmuxSequence(oneByOne),
    ],
  ]
}
