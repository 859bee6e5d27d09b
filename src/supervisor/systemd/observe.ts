import type { FileLoss, Observation } from '../../model/unit.ts'
import type { ParsedUnit } from '../units/format.ts'
import { handleOf } from '../units/place.ts'

/** What the manager says of one unit. */
export type UnitState = Readonly<Record<string, string>>

export const shownProperties = 'Id,LoadState,ActiveState,SubState,Result'

export const runningState: UnitState = { ActiveState: 'active' }

/** Blocks of `systemctl show`, by unit. */
export function parseShow(text: string): ReadonlyMap<string, UnitState> {
  const blocks = text.split('\n\n').map((block) => {
    const pairs = block.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    })
    return Object.fromEntries(pairs)
  })
  return new Map(blocks.map((block) => [block.Id ?? '', block]))
}

/** A unit's file and state as one observation; `wrapper` is its wrapper's pid as far as is known. */
export function observationOf(
  name: string,
  parsed: ParsedUnit,
  state: UnitState | undefined,
  wrapper: number | null,
  loss: FileLoss | null = null,
): Observation {
  const { labels, readable, socket } = parsed
  const liveness = readable ? livenessOf(state) : 'unknown'
  return {
    ...labels,
    look: null,
    ...(loss === null ? {} : { fileLoss: loss }),
    ...(state?.SubState?.startsWith('auto-restart') ? { restarting: true } : {}),
    ...(state?.Result === 'oom-kill' ? { oom: true } : {}),
    unit: {
      supervisor: 'systemd',
      id: labels.id,
      name,
      handle: handleOf(socket, labels.agentDir),
      pid: liveness === 'running' ? wrapper : null,
    },
    liveness,
  }
}

export function livenessOf(state: UnitState | undefined): Observation['liveness'] {
  switch (state?.ActiveState) {
    case 'active':
    case 'activating':
    case 'deactivating':
    case 'reloading':
    case 'refreshing':
    case 'maintenance':
      return 'running'
    case 'inactive':
    case 'failed':
      return 'exited'
    default:
      return 'unknown'
  }
}
