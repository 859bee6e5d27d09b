import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { TeamError } from '../errors.ts'
import { isInCgroup } from '../io/cgroup.ts'
import { capture } from '../io/exec.ts'
import { fileRecords } from '../io/records.ts'
import type { Launch } from '../model/launch.ts'
import type { Supervisor } from '../model/supervisor.ts'
import { availableControllers, cgroupRoot, limitProblem } from '../supervisor/systemd/controllers.ts'
import { liveUnits } from '../supervisor/systemd/live.ts'
import { createSystemdSupervisor } from '../supervisor/systemd/supervisor.ts'
import { createSystemctl, runtimeDirectory, systemctlEnvironment } from '../supervisor/systemd/systemctl.ts'
import { serviceFormat, unitDirectory } from '../supervisor/systemd/unit-file.ts'
import { createUnitStore } from '../supervisor/units/store.ts'
import { liveWrappers } from '../supervisor/units/wrappers.ts'
import { activityOf } from './activity.ts'
import type { Context } from './context.ts'
import { unitHost } from './unit-host.ts'

/** The systemd supervisor of a team, on this machine. */
export function systemdSupervisor(
  team: string,
  stateDir: string,
  context: Pick<Context, 'env' | 'clock' | 'processes'>,
  template: (name: string) => string,
  warn: (text: string) => void,
): Supervisor {
  const { env, clock, processes } = context
  const uid = process.getuid?.() ?? 0
  const managerEnv = systemctlEnvironment(env, uid)
  let told = false
  return createSystemdSupervisor({
    host: unitHost(env, template),
    team,
    systemctl: createSystemctl({ exec: capture, env: managerEnv }),
    liveUnits: (known) => {
      const noted = liveUnits(runtimeDirectory(env, uid))
      if (noted === null || stateDir === '') return noted
      // As the kernel shows: without a way to the manager nothing else tells.
      const wrappers = liveWrappers(team, stateDir, known, { format: serviceFormat, processes })
      const wrapped = wrappers.filter(({ pid, name }) => isInCgroup(pid, name))
      return [...new Set([...noted, ...wrapped.map(({ name }) => name)])]
    },
    units: createUnitStore(unitDirectory(env), team, serviceFormat),
    bootEnabled: () => {
      if (!told && !lingers())
        warn('the agents start at your login, and end at the last logout: loginctl enable-linger')
      told = true
    },
    clock,
    processes,
    isInUnit: isInCgroup,
    records: fileRecords,
    activity: (unit) => activityOf(unit, stateDir),
  })
}

/** Refuses launches with limits that the user manager cannot keep. */
export async function systemdLimitCheck(env: Context['env']): Promise<(launch: Launch) => TeamError | null> {
  const systemctl = createSystemctl({
    exec: capture,
    env: systemctlEnvironment(env, process.getuid?.() ?? 0),
  })
  const available = await availableControllers(systemctl, cgroupRoot)
  return (launch) => limitProblem(launch, available)
}

/** Does this user's manager run without a login? A uid that the machine has no name for, as in a container, has none. */
export function lingers(userName = () => userInfo().username): boolean {
  try {
    return existsSync(`/var/lib/systemd/linger/${userName()}`)
  } catch {
    return false
  }
}
