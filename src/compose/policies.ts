import type { SupervisorConfig } from '../model/compose.ts'
import { type DrainRequest, defaultDrainTimeoutMs } from '../model/drain.ts'
import { defaultBackoff, defaultMaxRestarts, type RestartPolicy } from '../model/restart.ts'
import type { DrainFile, RestartFile, SupervisorFile } from './file.ts'

/** What the file says, with the defaults of what it leaves out. */

export function restartPolicy(file: RestartFile | undefined): RestartPolicy {
  return {
    policy: file?.policy ?? 'no',
    max: file?.max === undefined ? defaultMaxRestarts : file.max,
    backoff: {
      initialMs: file?.backoff?.initial ?? defaultBackoff.initialMs,
      factor: file?.backoff?.factor ?? defaultBackoff.factor,
      maxMs: file?.backoff?.max ?? defaultBackoff.maxMs,
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
