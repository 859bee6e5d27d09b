import { existsSync } from 'node:fs'
import { observeOwn } from '../../engine/lifecycle.ts'
import { ExitCode, TeamError } from '../../errors.ts'
import { interactive } from '../../io/exec.ts'
import { isTmuxKey } from '../../model/tmux-key.ts'
import type { Observation } from '../../model/unit.ts'
import { resolveOne } from '../../plan/targets.ts'
import { candidates } from '../candidates.ts'
import { type CommandResult, flag, type Invocation, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { openTeam, type Team } from '../team.ts'

const silent: CommandResult = { exitCode: ExitCode.ok, json: undefined, human: () => '' }

export const attach: Run = async (invocation) => {
  const { context, options } = invocation
  if (!context.stdout.isTty) {
    throw new TeamError('usage', 'attach needs a terminal', {
      hint: 'to read the screen without one: team capture AGENT',
    })
  }
  const { team, unit } = await find(invocation)
  const { argv, env } = team.supervisor.terminal(unit.unit).attach({ readOnly: flag(options, 'readOnly') })
  // TMUX is not passed on: inside tmux, a client of another server is welcome to nest.
  context.interrupt.handOver()
  const result = await interactive(argv, { env: { ...env, ...terminalVariables(context) }, cwd: '/' })
  if (result.code === 0) return silent
  // tmux calls it an error when its server ends, as `down` has it do.
  const left = await team.supervisor.observe()
  if (!left.some(({ id, liveness }) => id === unit.id && liveness !== 'exited')) return silent
  throw new TeamError('command-failed', `tmux could not attach to ${unit.id}`, { hint: 'run: team doctor' })
}

export const captureScreen: Run = async (invocation) => {
  const { team, unit } = await find(invocation)
  const screen = await team.supervisor
    .terminal(unit.unit)
    .capture({ lines: numberOption(invocation.options, 'lines') })
  return {
    exitCode: ExitCode.ok,
    json: { id: unit.id, screen },
    // Rows below the last text are only the height of the terminal.
    human: () => screen.trimEnd(),
  }
}

export const keys: Run = async (invocation) => {
  const [target, ...names] = invocation.args
  const wrong = names.find((name) => !isTmuxKey(name))
  if (wrong !== undefined) {
    throw new TeamError('usage', `"${wrong}" is not a key`, {
      hint: 'keys are named as in tmux: a character, Enter, Escape, Tab, Up, F1, C-c, M-x',
    })
  }
  const { team, unit } = await find({ ...invocation, args: target === undefined ? [] : [target] })
  if (unit.liveness !== 'running') throw notRunning(unit.id)
  await team.supervisor.terminal(unit.unit).keys(names)
  return { ...silent, json: { id: unit.id, keys: names } }
}

/** A few variables by which tmux knows what the caller's terminal can do. */
function terminalVariables({ env }: Context): Record<string, string> {
  const names = ['TERM', 'COLORTERM', 'TERM_PROGRAM', 'LC_TERMINAL']
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

async function find({ context, args }: Invocation): Promise<{ team: Team; unit: Observation }> {
  const team = await openTeam(context)
  const { compose, supervisor } = team
  const observed = await observeOwn(compose.name, compose.file, { supervisor, fileExists: existsSync })
  const id = resolveOne(args[0] ?? '', candidates(compose.agents, observed))
  const unit = observed.find((seen) => seen.id === id)
  if (unit === undefined) throw notRunning(id)
  return { team, unit }
}

function notRunning(id: string): TeamError {
  return new TeamError('agent-not-running', `${id} is not running`, { hint: `start it with: team up ${id}` })
}
