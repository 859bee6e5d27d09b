import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { capture } from '../io/exec.ts'
import { fileRecords } from '../io/records.ts'
import type { Supervisor } from '../model/supervisor.ts'
import { shellQuote } from '../render/quote.ts'
import type { UnitHost } from '../supervisor/systemd/install.ts'
import { createSystemdSupervisor } from '../supervisor/systemd/supervisor.ts'
import { createSystemctl, systemctlEnvironment } from '../supervisor/systemd/systemctl.ts'
import type { SocketPlace } from '../supervisor/systemd/unit-file.ts'
import { createUnitStore, unitDirectory } from '../supervisor/systemd/unit-store.ts'
import { createTmuxServer, type TmuxServer, tmuxEnvironment } from '../terminal/tmux-server.ts'
import { activityOf } from './activity.ts'
import type { Context } from './context.ts'
import { tmuxTimeoutMs, wrapperShell } from './team.ts'

/** The systemd supervisor of a team, on this machine. */
export function systemdSupervisor(
  team: string,
  stateDir: string,
  context: Pick<Context, 'env' | 'clock' | 'processes'>,
  template: (name: string) => string,
  warn: (text: string) => void,
): Supervisor {
  const { env, clock, processes } = context
  return createSystemdSupervisor({
    ...unitHost(env, template),
    team,
    systemctl: createSystemctl({ exec: capture, env: systemctlEnvironment(env, process.getuid?.() ?? 0) }),
    units: createUnitStore(unitDirectory(env), team),
    bootEnabled: () => {
      if (!lingers())
        warn('the agents start at your login, and end at the last logout: loginctl enable-linger')
    },
    clock,
    processes,
    records: fileRecords,
    activity: (unit) => activityOf(unit, stateDir),
  })
}

/** What units are made with on this machine. */
export function unitHost(env: Context['env'], template: (name: string) => string): UnitHost {
  return {
    server: (place) => unitServer(place, env),
    socketFor: async (marker) => socketFor(marker, env),
    env: tmuxEnvironment(env),
    shell: wrapperShell(),
    template,
    quote: shellQuote,
  }
}

/** Does this user's manager run without a login? */
export function lingers(): boolean {
  return existsSync(`/var/lib/systemd/linger/${userInfo().username}`)
}

/** Short, since the path of a socket may have a hundred bytes. */
function socketFor(marker: string, env: Context['env']): SocketPlace {
  const hash = createHash('sha256').update(marker).digest('hex').slice(0, 16)
  return { name: `unit-${hash}`, directory: env.TMUX_TMPDIR ?? '' }
}

/** The shell of a later command may have another TMUX_TMPDIR than the one that the unit was started from. */
function unitServer({ name, directory }: SocketPlace, env: Context['env']): TmuxServer {
  return createTmuxServer({
    binary: 'tmux',
    socketName: name,
    env: { ...env, TMUX_TMPDIR: directory === '' ? undefined : directory },
    exec: capture,
    timeoutMs: tmuxTimeoutMs,
  })
}
