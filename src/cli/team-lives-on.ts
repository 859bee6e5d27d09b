import type { AgentId } from '../model/agent.ts'
import type { AgentRecord } from '../model/record.ts'
import type { Observation } from '../model/unit.ts'
import { unheldPid } from '../plan/status.ts'
import { markerOf } from '../render/launch.ts'
import { livingOn } from '../supervisor/lives-on.ts'
import type { Context } from './context.ts'
import type { Team } from './team.ts'

/** Agents of the file, and orphans, that live on without their wrapper or terminal. Most often nobody is looked at. */
export function teamLivingOn(
  { compose, wanted }: Pick<Team, 'compose' | 'wanted'>,
  observed: readonly Observation[],
  record: (agentDir: string) => AgentRecord,
  { processes }: Pick<Context, 'processes'>,
): Promise<ReadonlySet<AgentId>> {
  const held = new Set(observed.map(({ id }) => id))
  const unheld = [
    ...observed.map((unit) => ({ unit, id: unit.id, agentDir: unit.agentDir, marker: () => unit.marker })),
    ...wanted
      .filter(({ spec }) => !held.has(spec.id))
      .map(({ spec, agentDir }) => ({
        unit: null,
        id: spec.id,
        agentDir,
        marker: () => markerOf(compose, spec),
      })),
  ].flatMap(({ unit, id, agentDir, marker }) => {
    const pid = unheldPid(unit, () => record(agentDir))
    return pid === null ? [] : [{ id, pid, marker: marker() }]
  })
  return livingOn(unheld, processes)
}
