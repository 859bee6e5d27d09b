import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { ExitCode } from '../errors.ts'
import type { CommandResult } from './command.ts'
import type { Context } from './context.ts'
import type { Team } from './team.ts'

/**
 * Runs the same command line once more, detached: a command that drains the agent it runs in would be
 * ended with it half-way. The copy carries no marker, so that nobody takes it for the agent's, its task's or its process's.
 */
export function goOnInBackground(team: Team, context: Context): CommandResult {
  const log = `${team.stateDir}/background.log`
  const { TEAM_UNIT: marker, TEAM_TASK_ID: _task, TEAM_PROCESS_ID: _process, ...env } = context.env
  const output = openSync(log, 'a', 0o600)
  const [program = '', ...args] = process.argv.slice(1)
  const child = spawn(process.execPath, [program, ...args], {
    cwd: context.cwd,
    env,
    detached: true,
    stdio: ['ignore', output, output],
  })
  child.unref()
  closeSync(output)
  const agent = context.env.TEAM_AGENT ?? marker ?? ''
  return {
    exitCode: ExitCode.ok,
    json: { team: team.compose.name, background: true, pid: child.pid ?? null, log },
    human: () =>
      `${agent} runs this command and will itself be ended by it: going on in the background\nsee: ${log}, or team events`,
  }
}
