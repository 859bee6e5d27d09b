/**
 * Every error a user can meet: a stable code, one exit code per code, what
 * happened, the next thing to try.
 */

/** The one table of exit codes. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  supervisor: 3,
  timeout: 4,
  locked: 5,
  interrupted: 130,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

const exitCodes = {
  // usage and compose file
  usage: ExitCode.usage,
  'compose-not-found': ExitCode.usage,
  'compose-unreadable': ExitCode.usage,
  'compose-invalid': ExitCode.usage,
  'target-unknown': ExitCode.usage,
  'team-elsewhere': ExitCode.usage,
  'team-renamed': ExitCode.usage,
  'tmux-config': ExitCode.usage,
  // supervisor
  'tmux-missing': ExitCode.supervisor,
  'tmux-too-old': ExitCode.supervisor,
  'tmux-timeout': ExitCode.supervisor,
  'tmux-failed': ExitCode.supervisor,
  'tmux-protocol': ExitCode.supervisor,
  'systemd-missing': ExitCode.supervisor,
  'systemd-unreachable': ExitCode.supervisor,
  'systemd-failed': ExitCode.supervisor,
  'limits-unavailable': ExitCode.failed,
  'launchd-missing': ExitCode.supervisor,
  'launchd-unreachable': ExitCode.supervisor,
  'launchd-failed': ExitCode.supervisor,
  'launchd-refused': ExitCode.failed,
  // one agent or one command
  'agent-cwd': ExitCode.failed,
  'agent-command': ExitCode.failed,
  'agent-exited': ExitCode.failed,
  'agent-start': ExitCode.failed,
  'agent-not-running': ExitCode.failed,
  'agent-survivors': ExitCode.failed,
  'agent-unknown-state': ExitCode.failed,
  'state-unwritable': ExitCode.failed,
  'file-exists': ExitCode.failed,
  'command-failed': ExitCode.failed,
  'job-unknown': ExitCode.failed,
  'job-busy': ExitCode.failed,
  'job-state': ExitCode.failed,
  'job-refused': ExitCode.failed,
  'process-limit': ExitCode.failed,
  'not-allowed': ExitCode.failed,
  'session-unknown': ExitCode.failed,
  'record-version': ExitCode.failed,
  'record-damaged': ExitCode.failed,
  'state-unreadable': ExitCode.failed,
  internal: ExitCode.failed,
  // waiting
  'wait-timeout': ExitCode.timeout,
  locked: ExitCode.locked,
  interrupted: ExitCode.interrupted,
} as const satisfies Record<string, ExitCode>

export type ErrorCode = keyof typeof exitCodes

export interface ErrorDetail {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | null
}

export class TeamError extends Error {
  override readonly name = 'TeamError'
  readonly code: ErrorCode
  /** The next thing to try, as a sentence or a command; null when there is none. */
  readonly hint: string | null
  /** One line per fact: each problem of an invalid file, each survivor of a drain. */
  readonly details: readonly string[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? null
    this.details = options.details ?? []
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code]
  }

  toDetail(): ErrorDetail {
    return { code: this.code, message: this.message, hint: this.hint }
  }
}

/** The `code` of a Node system error (`ENOENT`, `EACCES` …), or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
