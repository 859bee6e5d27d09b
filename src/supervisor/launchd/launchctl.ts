import { TeamError } from '../../errors.ts'
import type { Exec } from '../../io/exec.ts'

/** The user's launchd, through its own tool. */
export interface Launchctl {
  /** `gui/<uid>`: what belongs to the user's login at the screen. */
  readonly domain: string
  /** One `launchctl`. @throws TeamError `launchd-missing`, `launchd-unreachable`, `launchd-failed` (no answer) */
  call(args: readonly string[]): Promise<LaunchctlReply>
}

export interface LaunchctlReply {
  /** null: ended by a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly errors: readonly string[]
}

/** Exit codes of launchctl that mean something here. */
export const launchCode = {
  done: 0,
  /** `bootout` of what is not loaded, and `kill` of what does not run. */
  noProcess: 3,
  /** `bootstrap` of what is loaded, and of what cannot be read. */
  ioError: 5,
  exists: 17,
  /** What is being removed still runs. */
  inProgress: 36,
  already: 37,
  /** There is no such job. */
  unknown: 113,
  disabled: 119,
  noDomain: 125,
} as const

/** `bootout` waits for the job's end, which may take an agent's whole budget. */
const timeoutMs = 120_000

export function launchctlEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const given = ['PATH', 'HOME'].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(given), LC_ALL: 'C' }
}

export function createLaunchctl(options: {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string>>
  readonly uid: number
}): Launchctl {
  const domain = `gui/${options.uid}`
  return {
    domain,
    async call(args) {
      const result = await options.exec(['launchctl', ...args], { env: options.env, cwd: '/', timeoutMs })
      if (result.startError !== null) {
        throw new TeamError('launchd-missing', `cannot run launchctl: ${result.startError}`, {
          hint: 'only macOS has launchd: write `supervisor: tmux` or `supervisor: systemd`',
        })
      }
      if (result.timedOut) {
        throw new TeamError('launchd-failed', `launchctl did not answer within ${timeoutMs / 1000}s`, {
          hint: `look at the jobs with: launchctl print ${domain}`,
        })
      }
      const errors = result.stderr.split('\n').filter((line) => line !== '')
      if (result.code === launchCode.noDomain) throw unreachable(domain, errors)
      return { code: result.code, stdout: result.stdout, errors }
    },
  }
}

export function unreachable(domain: string, errors: readonly string[]): TeamError {
  return new TeamError('launchd-unreachable', `launchd has no ${domain}: ${errors[0] ?? 'no message'}`, {
    hint: 'log in at the screen of this Mac as this user (ssh alone does not do), or write `supervisor: tmux`',
    details: errors.slice(1),
  })
}

export function failed(reply: LaunchctlReply, doing: string): TeamError {
  const said = reply.errors[0] ?? `exit code ${reply.code ?? 'unknown'}`
  return new TeamError('launchd-failed', `launchctl failed while ${doing}: ${said}`, {
    hint: 'run: team doctor',
    details: reply.errors.slice(1),
  })
}
