import { TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { EventName } from '../model/event.ts'
import type { Launch } from '../model/launch.ts'
import type { Outcome, Plan } from '../model/plan.ts'
import type { Observation } from '../model/unit.ts'
import { makePlan, type Request, withProblems } from '../plan/plan.ts'
import { type ApplyOptions, applyPlan } from './apply.ts'
import { mendKept, withUnmended } from './mend.ts'
import type { EnginePorts } from './ports.ts'
import { waitUntilStable } from './wait.ts'

export interface LifecycleInput {
  readonly team: string
  readonly composeFile: string
  /** Asked for while the supervisor answers. */
  readonly wanted: () => readonly Launch[]
  /** Chooses the scope once the orphans are known; null: everything. @throws TeamError `target-unknown` */
  readonly scope: (observed: readonly Observation[]) => ReadonlySet<AgentId> | null
  readonly request: Request
  readonly options: ApplyOptions
  readonly dryRun: boolean
  /** ms; null: do not wait. */
  readonly waitMs: number | null
}

export interface LifecycleResult {
  readonly plan: Plan
  /** null for a dry run. */
  readonly outcomes: readonly Outcome[] | null
  /** Agents that were not stable when `waitMs` ran out. */
  readonly notReady: readonly AgentId[]
}

/** The straight line of up, down, reload and restart: observe, plan, apply. The caller holds the lock. */
export async function runLifecycle(input: LifecycleInput, ports: EnginePorts): Promise<LifecycleResult> {
  try {
    return await observeAndApply(input, ports)
  } finally {
    await ports.supervisor.release?.()
  }
}

async function observeAndApply(input: LifecycleInput, ports: EnginePorts): Promise<LifecycleResult> {
  const { team, request } = input
  if (request.command === 'up' && !input.dryRun) ports.supervisor.foreseeStart?.()
  const observing = observeOwn(team, input.composeFile, ports)
  const wanted = input.wanted()
  const observed = await observing
  const scope = input.scope(observed)
  const remains = ports.remains(new Set(observed.map((unit) => unit.id)))
  const isEnding = (unit: Observation) => ports.desired(unit.agentDir) === 'down'
  const plan = withProblems(
    makePlan({ team, wanted, observed, remains, scope, request, isEnding }),
    ports.problem,
  )
  if (input.dryRun) return { plan, outcomes: null, notReady: [] }
  // A `down` of everything finds a server without agents as well.
  const shutdown = input.request.command === 'down' && scope === null
  const unmended = await mendKept(plan, wanted, ports)
  const applied = await applyPlan(plan, ports, { ...input.options, shutdown })
  const outcomes = withUnmended(applied, unmended)
  const worked = plan.waves.flat().some((action) => action.action !== 'keep' && action.action !== 'skip')
  if (worked) ports.event(eventOf[input.request.command], null, summary(outcomes))
  if (input.waitMs === null) return { plan, outcomes, notReady: [] }
  const waited = await waitUntilStable(outcomes, wanted, input.waitMs, ports)
  return { plan, ...waited }
}

const eventOf = {
  up: 'up',
  down: 'down',
  reload: 'reloaded',
  restart: 'restarted',
} as const satisfies Record<Request['command'], EventName>

function summary(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { action, ok } of outcomes) {
    const key = ok ? action : 'failed'
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/**
 * What the supervisor holds of this team, with a look at the terminals of `looks`.
 * @throws TeamError `team-elsewhere` when another compose file's team has the same name
 */
export async function observeOwn(
  team: string,
  composeFile: string,
  ports: Pick<EnginePorts, 'supervisor' | 'fileExists'>,
  looks: readonly AgentId[] = [],
  seenAt?: ReadonlyMap<AgentId, number>,
): Promise<readonly Observation[]> {
  const observed = await ports.supervisor.observe(looks, seenAt)
  // A team whose directory was moved is still this team.
  const foreign = observed.find(
    (unit) =>
      unit.composeFile !== composeFile && unit.composeFile !== '' && ports.fileExists(unit.composeFile),
  )
  if (foreign === undefined) return observed
  throw new TeamError(
    'team-elsewhere',
    `a team named ${team} is already running from ${foreign.composeFile}`,
    {
      hint: `give this one another \`name:\`, or end that one: team -f ${foreign.composeFile} down`,
    },
  )
}
