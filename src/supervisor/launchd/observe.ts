import type { FileLoss, Observation } from '../../model/unit.ts'
import type { ParsedUnit } from '../units/format.ts'
import { heldIn } from '../units/held.ts'
import { handleOf } from '../units/place.ts'

/** What launchd says of one job. */
export type JobState =
  | { readonly kind: 'unloaded' }
  /** In words of launchd; null: it says nothing. */
  | {
      readonly kind: 'loaded'
      readonly state: string | null
      readonly pid: number | null
      /** What it carries of its file in its environment, as ours do; null: nothing. */
      readonly held: string | null
      /** Of the agent that it runs, as any of ours does; null: it is none. */
      readonly agentDir: string | null
      /** File that it was loaded from. */
      readonly path: string | null
    }

/** Output of `launchctl print` of one job, which is not made for programs: only a few of its lines are looked at. */
export function parsePrint(text: string): JobState {
  const state = /^\s*state = (.+?)\s*$/m.exec(text)?.[1] ?? null
  const pid = /^\t?pid = (\d+)\s*$/m.exec(text)?.[1]
  return {
    kind: 'loaded',
    state,
    pid: pid === undefined ? null : Number(pid),
    held: heldIn(text),
    agentDir: /^\s*\/.*\/agent-runner\.sh\s*\n\s*(\/.*)$/m.exec(text)?.[1] ?? null,
    path: /^\s*path = (\/.*)$/m.exec(text)?.[1] ?? null,
  }
}

/** Labels that begin so, of the jobs that `launchctl print` of a domain lists. */
export function parseDomain(text: string, prefix: string): readonly string[] {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/).at(-1) ?? '')
  return [...new Set(words.filter((word) => word.startsWith(prefix)))]
}

/** A job's file and state as one observation; `wrapper` is its wrapper's pid as far as is known. */
export function observationOf(
  name: string,
  { labels, readable, socket }: ParsedUnit,
  state: JobState,
  wrapper: number | null,
  loss: FileLoss | null = null,
): Observation {
  const liveness = readable ? livenessOf(state, wrapper) : 'unknown'
  return {
    ...labels,
    look: null,
    ...(loss === null ? {} : { fileLoss: loss }),
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
