import { type ErrorDetail, TeamError } from '../errors.ts'
import type { Remains } from '../model/plan.ts'
import type { Observation } from '../model/unit.ts'
import type { EnginePorts } from './ports.ts'

interface Found extends Pick<Remains, 'agentDir' | 'marker'> {
  /** In which it ended. */
  readonly unit: Observation | null
}

/**
 * An earlier run that was not drained may have left processes behind; two of one agent must never run.
 * @throws TeamError `agent-survivors`
 */
export async function sweepRemains(undrained: readonly Found[], ports: EnginePorts): Promise<void> {
  if (undrained.length === 0) return
  const markers = new Set(undrained.map(({ marker }) => marker))
  const left = await ports.supervisor.sweep(
    markers,
    undrained.flatMap(({ unit }) => unit ?? []),
  )
  if (left.length === 0) return
  throw new TeamError('agent-survivors', `processes of an earlier run do not end: ${left.join(', ')}`, {
    hint: `look at them: ps -o pid,user,stat,args -p ${left.join(',')}`,
  })
}

/** Ends what an agent without a unit has left; null: nothing of it is alive. */
export async function endRemains(remains: Remains, ports: EnginePorts): Promise<ErrorDetail | null> {
  const { id, agentDir } = remains
  ports.setDesired([agentDir], 'down')
  ports.progress({ id, phase: 'killing', detail: null })
  try {
    if (ports.isUndrained(agentDir)) await sweepRemains([{ ...remains, unit: null }], ports)
  } catch (error) {
    if (!(error instanceof TeamError)) throw error
    ports.progress({ id, phase: 'failed', detail: error.message })
    return error.toDetail()
  }
  ports.clearRecord(agentDir)
  ports.progress({ id, phase: 'absent', detail: null })
  return null
}
