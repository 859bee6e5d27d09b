import { TeamError } from '../../errors.ts'
import type { Exec } from '../../io/exec.ts'

/** The user's service manager, through its own tool. */
export interface Systemctl {
  /** One `systemctl --user`. @throws TeamError `systemd-missing`, `systemd-unreachable`, `systemd-failed` (no answer) */
  call(args: readonly string[], timeoutMs?: number): Promise<SystemctlReply>
}

export interface SystemctlReply {
  readonly ok: boolean
  readonly stdout: string
  readonly errors: readonly string[]
}

/** `to bus` before systemd 257, `to user scope bus via local transport` since. */
const noBus = /^Failed to connect to (\S+ scope )?bus\b/

const defaultTimeoutMs = 30_000

/** Where the user's manager keeps its socket; the variable is missing in a cron job, say. */
export function runtimeDirectory(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  return env.XDG_RUNTIME_DIR || `/run/user/${uid}`
}

/** What systemctl needs to find the manager. */
export function systemctlEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): Record<string, string> {
  const given = ['PATH', 'HOME', 'DBUS_SESSION_BUS_ADDRESS'].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(given),
    XDG_RUNTIME_DIR: runtimeDirectory(env, uid),
    LC_ALL: 'C.UTF-8',
    SYSTEMD_COLORS: '0',
    SYSTEMD_PAGER: '',
  }
}

export function createSystemctl(options: {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string>>
}): Systemctl {
  return {
    async call(args, timeoutMs = defaultTimeoutMs) {
      const { env } = options
      const result = await options.exec(['systemctl', '--user', ...args], { env, cwd: '/', timeoutMs })
      if (result.startError !== null) {
        throw new TeamError('systemd-missing', `cannot run systemctl: ${result.startError}`, {
          hint: 'this host has no systemd: write `supervisor: tmux`',
        })
      }
      const errors = result.stderr.split('\n').filter((line) => line !== '')
      if (errors.some((line) => noBus.test(line))) {
        throw new TeamError('systemd-unreachable', `no user manager answers in ${env.XDG_RUNTIME_DIR}`, {
          hint: 'log in as this user rather than by su or sudo, or run: loginctl enable-linger; then: team doctor',
          details: errors,
        })
      }
      if (result.timedOut) {
        throw new TeamError('systemd-failed', `systemctl did not answer within ${timeoutMs / 1000}s`, {
          hint: 'look at the user manager with: systemctl --user status',
        })
      }
      return { ok: result.code === 0, stdout: result.stdout, errors }
    },
  }
}

/** @throws TeamError `systemd-failed` unless the reply is good. */
export function expectDone(reply: SystemctlReply, doing: string): SystemctlReply {
  if (reply.ok) return reply
  throw new TeamError(
    'systemd-failed',
    `systemctl failed while ${doing}: ${reply.errors[0] ?? 'no message'}`,
    {
      hint: 'look at the user manager with: systemctl --user status',
      details: reply.errors.slice(1),
    },
  )
}
