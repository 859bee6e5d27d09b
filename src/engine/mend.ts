import { type ErrorDetail, ExitCode, TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { Launch } from '../model/launch.ts'
import type { Outcome, Plan } from '../model/plan.ts'
import type { Kept } from '../model/supervisor.ts'
import type { EnginePorts } from './ports.ts'

/** Puts right what the agents have lost that are left running. Resolves with what cannot be put right. */
export async function mendKept(
  plan: Plan,
  wanted: readonly Launch[],
  { supervisor }: Pick<EnginePorts, 'supervisor'>,
): Promise<ReadonlyMap<AgentId, ErrorDetail>> {
  if (supervisor.mend === undefined) return new Map()
  const units = new Map(
    plan.waves
      .flat()
      .flatMap((action) => (action.action === 'keep' ? [[action.id, action.unit] as const] : [])),
  )
  const kept = wanted.flatMap((launch): readonly Kept[] => {
    const unit = units.get(launch.id)
    return unit === undefined ? [] : [{ unit, launch }]
  })
  if (kept.length === 0) return new Map()
  try {
    return await supervisor.mend(kept)
  } catch (error) {
    // The others are still to be handled.
    if (!(error instanceof TeamError) || error.exitCode !== ExitCode.failed) throw error
    const detail = error.toDetail()
    return new Map(kept.map(({ unit }) => [unit.id, detail]))
  }
}

export function withUnmended(
  outcomes: readonly Outcome[],
  failed: ReadonlyMap<AgentId, ErrorDetail>,
): readonly Outcome[] {
  return outcomes.map((outcome) => {
    const error = failed.get(outcome.id)
    return error === undefined || outcome.error !== null ? outcome : { ...outcome, ok: false, error }
  })
}
