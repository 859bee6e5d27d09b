import { exactTarget, tmuxLiteralFormat } from './tmux-quote.ts'

type Command = readonly string[]

/** Size of a terminal while nobody is attached; it then follows whoever is. */
const detachedSize = '200x50'

/** A team may be without agents for a moment, between two starts. */
export const stayCommand: Command = ['set-option', '-s', 'exit-empty', 'off']

/**
 * Options of a server that is about to start, which ends without a session until it is told to stay. No secrets:
 * the daemon keeps the command line that started it for as long as it lives.
 */
export function bootCommands(settings: { readonly historyLimit: number }): readonly string[] {
  const options: readonly Command[] = [
    ['start-server'],
    ['set-option', '-s', 'escape-time', '25'],
    ['set-option', '-g', 'default-size', detachedSize],
    ['set-option', '-g', 'default-terminal', 'screen-256color'],
    // Before the first session: a later change does not reach its first window.
    ['set-option', '-g', 'history-limit', String(settings.historyLimit)],
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

/** Keeps what the terminal of a session shows: `logger` is shell text that reads it on stdin. */
export function logCommand(session: string, logger: string): Command {
  return ['pipe-pane', '-t', exactTarget(session), tmuxLiteralFormat(logger)]
}

export function sessionName(team: string, project: string, agent: string): string {
  return `${team}/${project}/${agent}`
}
