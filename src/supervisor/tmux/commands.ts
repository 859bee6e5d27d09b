import type { SupervisorConfig } from '../../model/compose.ts'
import type { StartRequest } from '../../model/supervisor.ts'
import { exactTarget, tmuxLiteralFormat } from '../../terminal/tmux-quote.ts'
import { labelOf } from './labels.ts'

type Command = readonly string[]

/** Size of a terminal while nobody is attached; it then follows whoever is. */
const detachedSize = '200x50'

/**
 * Options of a server that is about to start. No secrets: the daemon keeps the command line that started
 * it for as long as it lives.
 */
export function bootCommands(config: SupervisorConfig): readonly string[] {
  const options: readonly Command[] = [
    ['start-server'],
    // A team may be without agents for a moment, between two starts.
    ['set-option', '-s', 'exit-empty', 'off'],
    ['set-option', '-s', 'escape-time', '25'],
    ['set-option', '-g', 'default-size', detachedSize],
    ['set-option', '-g', 'default-terminal', 'screen-256color'],
    // Before the first session: a later change does not reach its first window.
    ['set-option', '-g', 'history-limit', String(config.tmux.historyLimit)],
    ['set-option', '-gw', 'remain-on-exit', 'on'],
    ['set-option', '-gw', 'window-size', 'latest'],
    // Nothing of an attaching client's environment may reach agents that are started later.
    ['set-option', '-g', 'update-environment', ''],
    ['set-option', '-g', 'status-left-length', '80'],
    ['set-option', '-g', 'status-left', ' #{session_name} '],
    ['set-option', '-g', 'status-right', ' detach: #{prefix} d '],
  ]
  return options.flatMap((command, index) => (index === 0 ? command : [';', ...command]))
}

/**
 * What starts the agents: sessions with their labels first, then the logs. The wrappers start sooner so, and
 * nothing is lost: tmux reads no terminal before it has carried out the whole file.
 */
export function startCommands(requests: readonly StartRequest[]): readonly Command[] {
  return [...requests.flatMap(sessionCommands), ...requests.map(logCommand)]
}

function sessionCommands({ launch }: StartRequest): readonly Command[] {
  const session = sessionName(launch.team, launch.project, launch.agent)
  return [
    // `-c /`: the wrapper enters the agent's own directory, or says why it cannot; tmux would silently take another.
    ['new-session', '-d', '-s', session, '-c', '/', '--', ...launch.wrapper],
    ['set-option', '-p', '-t', exactTarget(session), ...labelOf(launch)],
  ]
}

function logCommand({ launch }: StartRequest): Command {
  const target = exactTarget(sessionName(launch.team, launch.project, launch.agent))
  return ['pipe-pane', '-t', target, tmuxLiteralFormat(launch.logger)]
}

export function sessionName(team: string, project: string, agent: string): string {
  return `${team}/${project}/${agent}`
}

export function removeCommand(session: string): Command {
  return ['kill-session', '-t', exactTarget(session)]
}

/** Says the server's pid, and an x for each session that is left (`#{S:x}`); ends the server when there is none. */
export const shutdownCommands: readonly Command[] = [
  ['display-message', '-p', '#{pid} #{S:x}'],
  ['if-shell', '-F', '#{S:x}', '', 'kill-server'],
]
