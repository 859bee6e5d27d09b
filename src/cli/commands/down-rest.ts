import { existsSync } from 'node:fs'
import { ExitCode } from '../../errors.ts'
import type { AgentId } from '../../model/agent.ts'
import type { CommandResult } from '../command.ts'
import type { Context } from '../context.ts'
import {
  anyLeft,
  endInboxRunner,
  endTeamJobs,
  openJobs,
  type TeamJob,
  teamJobJson,
  teamJobLine,
} from '../jobs/end-team.ts'

/** What runs beside the agents' terminals goes with them, once they are gone. A dry run tells what would. */
export async function endRest(
  stateDir: string,
  scope: ReadonlySet<AgentId> | null,
  { now, dryRun }: { readonly now: boolean; readonly dryRun: boolean },
  context: Context,
): Promise<readonly TeamJob[]> {
  if (dryRun) return openJobs(stateDir, scope, context)
  const jobs = await endTeamJobs(stateDir, scope, now, context)
  if (scope === null && existsSync(`${stateDir}/inbox`)) await endInboxRunner(stateDir, context)
  return jobs
}

/** The result of a `down` with what became of tasks and processes. */
export function withRest(
  result: CommandResult,
  jobs: readonly TeamJob[],
  dryRun: boolean,
  { globals }: Pick<Context, 'globals'>,
): CommandResult {
  if (jobs.length === 0) return result
  const left = !dryRun && anyLeft(jobs)
  const told = globals.quiet ? jobs.filter((job) => anyLeft([job])) : jobs
  return {
    exitCode: left && result.exitCode === ExitCode.ok ? ExitCode.failed : result.exitCode,
    json: { ...Object(result.json), jobs: jobs.map(teamJobJson) },
    human: () =>
      [result.human(), ...told.map((job) => `${dryRun ? 'would end ' : ''}${teamJobLine(job)}`)]
        .filter((line) => line !== '')
        .join('\n'),
  }
}
