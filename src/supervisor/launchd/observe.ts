import type { Observation } from '../../model/unit.ts'
import type { ParsedUnit } from '../units/format.ts'
import { handleOf } from '../units/place.ts'

/** What launchd says of one job. */
export type JobState =
  | { readonly kind: 'unloaded' }
  /** In words of launchd; null: it says nothing. */
  | { readonly kind: 'loaded'; readonly state: string | null; readonly pid: number | null }

/** Output of `launchctl print` of one job, which is not made for programs: only two of its lines are looked at. */
export function parsePrint(text: string): JobState {
  const state = /^\s*state = (.+?)\s*$/m.exec(text)?.[1] ?? null
  const pid = /^\t?pid = (\d+)\s*$/m.exec(text)?.[1]
  return { kind: 'loaded', state, pid: pid === undefined ? null : Number(pid) }
}

/** A job's file and state as one observation; `wrapper` is its wrapper's pid as far as is known. */
export function observationOf(
  name: string,
  { labels, readable, socket }: ParsedUnit,
  state: JobState,
  wrapper: number | null,
): Observation {
  const liveness = readable ? livenessOf(state, wrapper) : 'unknown'
  return {
    ...labels,
    look: null,
    unit: {
      supervisor: 'launchd',
      id: labels.id,
      name,
      handle: handleOf(socket, labels.agentDir),
      pid: liveness === 'running' ? wrapper : null,
    },
    liveness,
  }
}

/** launchd ends nothing but the main process: an agent that has lost its job is as alive as before. */
function livenessOf(job: JobState, wrapper: number | null): Observation['liveness'] {
  if (wrapper !== null) return 'running'
  if (job.kind === 'unloaded') return 'exited'
  if (job.pid !== null) return 'running'
  switch (job.state) {
    case 'running':
    case 'spawn scheduled':
    case 'spawning':
    case 'starting':
    case 'xpcproxy':
      return 'running'
    case 'not running':
    case 'waiting':
    case 'exited':
      return 'exited'
    default:
      return 'unknown'
  }
}
