import { capture } from '../io/exec.ts'
import { fileRecords } from '../io/records.ts'
import type { Supervisor } from '../model/supervisor.ts'
import { jobDirectory, jobFormat, loginDirectory } from '../supervisor/launchd/job-file.ts'
import { createJobs } from '../supervisor/launchd/jobs.ts'
import { createLaunchctl, launchctlEnvironment } from '../supervisor/launchd/launchctl.ts'
import { createLaunchdSupervisor } from '../supervisor/launchd/supervisor.ts'
import { createUnitStore } from '../supervisor/units/store.ts'
import { liveWrappers } from '../supervisor/units/wrappers.ts'
import { activityOf } from './activity.ts'
import type { Context } from './context.ts'
import { unitHost } from './unit-host.ts'

/** The launchd supervisor of a team, on this machine. */
export function launchdSupervisor(
  team: string,
  stateDir: string,
  context: Pick<Context, 'env' | 'clock' | 'processes'>,
  template: (name: string) => string,
): Supervisor {
  const { env, clock, processes } = context
  const uid = process.getuid?.() ?? 0
  return createLaunchdSupervisor({
    host: unitHost(env, template),
    team,
    jobs: createJobs(createLaunchctl({ exec: capture, env: launchctlEnvironment(env), uid }), clock),
    units: createUnitStore(jobDirectory(env), team, jobFormat),
    login: createUnitStore(loginDirectory(env), team, jobFormat),
    hasRunning: () =>
      stateDir !== '' && liveWrappers(team, stateDir, new Set(), { format: jobFormat, processes }).length > 0,
    clock,
    processes,
    records: fileRecords,
    activity: (unit) => activityOf(unit, stateDir),
  })
}
