import type { StartRequest } from '../../model/supervisor.ts'
import { logCommand, sessionName } from '../../terminal/tmux-boot.ts'
import { exactTarget, tmuxLine } from '../../terminal/tmux-quote.ts'
import { labelOf } from './labels.ts'

type Command = readonly string[]

/**
 * What starts the agents: sessions with their labels first, then the logs. The wrappers start sooner so, and
 * nothing is lost: tmux reads no terminal before it has carried out the whole file.
 */
export function startCommands(requests: readonly StartRequest[]): readonly Command[] {
  return [...requests.flatMap(sessionCommands), ...requests.map(logOf)]
}

function sessionCommands({ launch }: StartRequest): readonly Command[] {
  const session = sessionName(launch.team, launch.project, launch.agent)
  return [
    // `-c /`: the wrapper enters the agent's own directory, or says why it cannot; tmux would silently take another.
    ['new-session', '-d', '-s', session, '-c', '/', '--', ...launch.wrapper],
    ['set-option', '-p', '-t', exactTarget(session), ...labelOf(launch)],
  ]
}

function logOf({ launch }: StartRequest): Command {
  return logCommand(sessionName(launch.team, launch.project, launch.agent), launch.logger)
}

export function removeCommand(session: string): Command {
  return ['kill-session', '-t', exactTarget(session)]
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
export function shutdownWithout(sessions: readonly string[]): readonly Command[] {
  const names = [...sessions].sort().map((session) => `${session} `)
  const oneByOne = [...sessions.map(removeCommand), ...shutdownCommands]
  return [
    [
      'if-shell',
      '-F',
      `#{==:#{S:#{session_name} },${names.join('')}}`,
      "display-message -p '#{pid} ' ; kill-server",
      oneByOne.map(tmuxLine).join(' ; '),
    ],
  ]
}
