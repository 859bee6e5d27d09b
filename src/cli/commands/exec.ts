import { constants } from 'node:os'
import { ExitCode, TeamError } from '../../errors.ts'
import { interactive } from '../../io/exec.ts'
import { resolveOne } from '../../plan/targets.ts'
import { candidates } from '../candidates.ts'
import type { Run } from '../command.ts'
import { cwdProblem } from '../launch-problem.ts'
import { openTeam } from '../team.ts'

/** Runs a program as the agent would find the world; its exit code is the command's. */
export const exec: Run = async ({ context, args }) => {
  const [target = '', ...rest] = args
  const [file, ...programArgs] = rest[0] === '--' ? rest.slice(1) : rest
  if (file === undefined)
    throw new TeamError('usage', 'no command given', { hint: 'team exec AGENT -- COMMAND' })
  const team = await openTeam(context)
  const id = resolveOne(target, candidates(team.compose.agents, []))
  const launch = team.launches().find((found) => found.id === id)
  if (launch === undefined) throw new TeamError('internal', `${id} was not rendered`)
  const problem = cwdProblem(launch)
  if (problem !== null) throw new TeamError(problem.code, problem.message, { hint: problem.hint ?? '' })
  const term = context.env.TERM === undefined ? {} : { TERM: context.env.TERM }
  // The marker stays out: a drain of the agent must not end what a person runs beside it.
  const { TEAM_UNIT: _marker, ...env } = launch.env
  context.interrupt.handOver()
  const result = await interactive([file, ...programArgs], { env: { ...term, ...env }, cwd: launch.cwd })
  if (result.startError !== null) {
    throw new TeamError('command-failed', `cannot run ${file}: ${result.startError}`, {
      hint: `it is looked for in the PATH of ${id}: team exec ${id} -- env`,
    })
  }
  return { exitCode: exitCodeOf(result.code, result.signal), json: undefined, human: () => '' }
}

/** As a shell would: 128 + the number of the signal. */
function exitCodeOf(code: number | null, signal: string | null): number {
  if (code !== null) return code
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? ExitCode.failed : 128 + number
}
