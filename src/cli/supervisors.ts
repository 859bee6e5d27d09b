import { existsSync } from 'node:fs'
import { type SocketFile, socketFile } from '../io/socket-file.ts'
import type { Compose } from '../model/compose.ts'
import type { Supervisor } from '../model/supervisor.ts'
import { jobDirectory, jobFormat } from '../supervisor/launchd/job-file.ts'
import { liveUnits } from '../supervisor/systemd/live.ts'
import { runtimeDirectory } from '../supervisor/systemd/systemctl.ts'
import { serviceFormat, unitDirectory } from '../supervisor/systemd/unit-file.ts'
import { unitPrefix } from '../supervisor/units/format.ts'
import { unitNames } from '../supervisor/units/store.ts'
import type { Context } from './context.ts'

/** Makers of the supervisors that this version has; each is loaded only where it is needed. */
export interface SupervisorMakers {
  readonly tmux: () => Supervisor
  readonly systemd: () => Promise<Supervisor>
  readonly launchd: () => Promise<Supervisor>
}

/** The supervisor that the file names, and beside it those that still hold units of the team. */
export async function teamSupervisor(
  compose: Compose,
  { env }: Pick<Context, 'env'>,
  makers: SupervisorMakers,
): Promise<Supervisor> {
  const { type } = compose.supervisor
  const current = await makers[type]()
  const mayHold = {
    tmux: () => tmuxSocket(compose.name, env).mayBeLive(),
    systemd: () =>
      unitNames(unitDirectory(env), compose.name, serviceFormat).length > 0 ||
      liveNames(env).some((name) => name.startsWith(unitPrefix(compose.name, serviceFormat))),
    launchd: () => unitNames(jobDirectory(env), compose.name, jobFormat).length > 0,
  } as const
  const kinds: readonly (keyof typeof mayHold)[] = ['systemd', 'launchd', 'tmux']
  const others = kinds.filter((kind) => kind !== type && mayHold[kind]())
  if (others.length === 0) return current
  const { createMovingSupervisor } = await import('../supervisor/moving.ts')
  return createMovingSupervisor(current, await Promise.all(others.map((kind) => makers[kind]())))
}

/** Units of systemd that are up, with or without a file. */
export function liveNames(env: Context['env']): readonly string[] {
  return liveUnits(runtimeDirectory(env, process.getuid?.() ?? 0)) ?? []
}

export function tmuxSocket(team: string, env: Context['env']): SocketFile {
  return socketFile(`${tmuxSocketDirectory(env)}/team-${team}`)
}

/** As tmux itself: a TMUX_TMPDIR that is not there does not count. */
export function tmuxSocketDirectory(env: Context['env']): string {
  const base = env.TMUX_TMPDIR !== undefined && existsSync(env.TMUX_TMPDIR) ? env.TMUX_TMPDIR : '/tmp'
  return `${base}/tmux-${process.getuid?.() ?? 0}`
}
