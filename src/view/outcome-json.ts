import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { Action, Outcome, Plan } from '../model/plan.ts'

/** What `up`, `down`, `reload` and `restart` print with `--json`; a dry run has the same keys. */
export interface OutcomesJson {
  readonly team: string
  readonly actions: readonly {
    readonly id: AgentId
    readonly action: Action['action']
    readonly why: string
    readonly ok: boolean
    readonly drain: {
      readonly outcome: string
      readonly ms: number
      readonly exitCode: number | null
      readonly survivors: readonly number[]
    } | null
    readonly error: ErrorDetail | null
  }[]
}

export function outcomesJson(team: string, outcomes: readonly Outcome[]): OutcomesJson {
  return {
    team,
    // Key by key: what the engine keeps besides must not leak into a published format.
    actions: outcomes.map(({ id, action, why, ok, drain, error }) => ({
      id,
      action,
      why,
      ok,
      drain: drain && {
        outcome: drain.outcome,
        ms: drain.ms,
        exitCode: drain.exitCode,
        survivors: drain.survivors,
      },
      error: error && { code: error.code, message: error.message, hint: error.hint },
    })),
  }
}

/** A dry run: nothing has failed yet, but for agents that the plan itself cannot handle. */
export function planJson(plan: Plan): OutcomesJson {
  return outcomesJson(
    plan.team,
    plan.waves.flat().map((action): Outcome => {
      const error = action.action === 'skip' ? action.error : null
      return {
        id: action.id,
        action: action.action,
        why: action.why,
        ok: error === null,
        drain: null,
        error,
      }
    }),
  )
}
