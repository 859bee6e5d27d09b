import type { SupervisorConfig } from '../model/compose.ts'
import { type DrainRequest, defaultDrainTimeoutMs } from '../model/drain.ts'
import { formatDuration } from '../model/duration.ts'
import { defaultBackoff, defaultMaxRestarts, type RestartPolicy } from '../model/restart.ts'
import type { DrainFile, RestartFile, SupervisorFile } from './file.ts'

/** What the file says, with the defaults of what it leaves out. */

export function restartPolicy(file: RestartFile | undefined): RestartPolicy {
  const maxMs = file?.backoff?.max ?? defaultBackoff.maxMs
  return {
    policy: file?.policy ?? 'no',
    max: file?.max === undefined ? defaultMaxRestarts : file.max,
    backoff: {
      // No pause is longer, the first neither.
      initialMs: Math.min(file?.backoff?.initial ?? defaultBackoff.initialMs, maxMs),
      factor: file?.backoff?.factor ?? defaultBackoff.factor,
      maxMs,
      resetAfterMs: file?.backoff?.reset_after ?? defaultBackoff.resetAfterMs,
    },
  }
}

export function drainRequest(file: DrainFile | undefined): DrainRequest {
  return {
    timeoutMs: file?.timeout ?? defaultDrainTimeoutMs,
    mode: file?.mode ?? 'interrupt',
    steps: file?.steps ?? null,
  }
}

/** What is wrong with it as a whole; null: nothing. */
export function drainProblem({ timeoutMs, steps }: DrainRequest): string | null {
  if (steps === null) return null
  const pauses = steps.reduce((ms, step) => ms + (step.kind === 'pause' ? step.ms : 0), 0)
  if (pauses === 0 || pauses < timeoutMs) return null
  return `the pauses of its steps take ${formatDuration(pauses)}, and its timeout is ${formatDuration(timeoutMs)}: give it more time`
}

const defaultHistoryLimit = 10_000

export function supervisorConfig(file: SupervisorFile | undefined): SupervisorConfig {
  const tmux = {
    config: file?.tmux?.config ?? null,
    historyLimit: file?.tmux?.history_limit ?? defaultHistoryLimit,
  }
  const type = file?.type ?? 'tmux'
  switch (type) {
    case 'tmux':
      return { type, tmux }
    case 'systemd':
      return { type, tmux, systemd: { boot: file?.systemd?.boot ?? false } }
    case 'launchd':
      return { type, tmux, launchd: { boot: file?.launchd?.boot ?? false } }
    default:
      return type satisfies never
  }
}
