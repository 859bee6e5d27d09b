import type { DrainStep } from '../model/drain.ts'
import type { Launch } from '../model/launch.ts'
import { everRestarts } from '../model/restart.ts'
import { bootCommands, logCommand, sessionName, stayCommand } from '../terminal/tmux-boot.ts'
import { exactTarget, tmuxLine } from '../terminal/tmux-quote.ts'
import type { TmuxServer } from '../terminal/tmux-server.ts'

/** Files of an agent's directory that its unit's main process uses. */
export const runnerFiles = {
  /** Shell text that says which terminal to make, and how the agent is asked to end. */
  unit: 'unit',
  /** tmux commands that start the agent in its terminal. */
  session: 'session.tmux',
  /** Text of the unit's own file, for one that gets lost. */
  copy: 'unit.copy',
  /** Pid of the wrapper, while the unit runs. */
  wrapper: 'wrapper',
  /** Pid of the logger. */
  logger: 'logger',
  /** What the terminal showed last, once the unit has ended. */
  screen: 'screen',
} as const

/** Holds the pipe open that tells the runner that the wrapper lives, and becomes the wrapper. */
const enter = 'exec 5>"$1/alive"; echo $$ >"$1/wrapper"; shift; exec "$@"'

/** Text of `session.tmux`: the one session of a server that an agent has for itself. */
export function sessionFile(launch: Launch, quote: (text: string) => string): string {
  const session = sessionName(launch.team, launch.project, launch.agent)
  const own = launch.supervisor.tmux.config
  const logger = `echo $$ >${quote(`${launch.agentDir}/${runnerFiles.logger}`)}; ${launch.logger}`
  const commands = [
    ...(own === null ? [] : [['source-file', own]]),
    [
      ...['new-session', '-d', '-s', session, '-c', '/', '--'],
      ...['/bin/sh', '-c', enter, 'sh', launch.agentDir, ...launch.wrapper],
    ],
    logCommand(session, logger),
  ]
  return commands.map((command) => `${tmuxLine(command)}\n`).join('')
}

/** Text of `unit`, which the runner sources. */
export function runnerFile(launch: Launch, server: TmuxServer, quote: (text: string) => string): string {
  const words = (argv: readonly string[]) => argv.map(quote).join(' ')
  // From stdin: a path would be taken for a pattern.
  const boot = server.argv([
    ...bootCommands(launch.supervisor.tmux),
    ';',
    ...stayCommand,
    ';',
    'source-file',
    '-',
  ])
  const session = quote(`${launch.agentDir}/${runnerFiles.session}`)
  const steps = launch.drain.steps.map((step) => `  ${stepLine(step, quote)}\n`).join('')
  return [
    `team_tmux() { ${words(server.argv([]))} "$@"; }\n`,
    `team_boot() { ${words(boot)} <${session}; }\n`,
    `team_target=${quote(exactTarget(sessionName(launch.team, launch.project, launch.agent)))}\n`,
    `team_steps() {\n${steps}  :\n}\n`,
    `team_budget=${(launch.drain.timeoutMs / 2000).toFixed(3)}\n`,
    `team_restarts=${everRestarts(launch.restart) ? '1' : ''}\n`,
  ].join('')
}

function stepLine(step: DrainStep, quote: (text: string) => string): string {
  switch (step.kind) {
    case 'key':
      return `team_keys ${quote(step.key)}`
    case 'pause':
      return `sleep ${(step.ms / 1000).toFixed(3)}`
    case 'signal':
      return `team_signal ${step.signal.slice('SIG'.length)}`
    default:
      return step satisfies never
  }
}
