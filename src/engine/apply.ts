import { type ErrorDetail, TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { DrainOutcome } from '../model/drain.ts'
import type { Action, Outcome, Plan } from '../model/plan.ts'
import type { Observation } from '../model/unit.ts'
import type { EnginePorts } from './ports.ts'
import { endRemains } from './remains.ts'
import { createStarter, type Starter } from './starter.ts'

export interface ApplyOptions {
  /** Budget of this command; null: each unit's own. ms. */
  readonly drainMs: number | null
  readonly now: boolean
  /** At most so many restarts at a time; null: all at once. */
  readonly rolling: number | null
  /** End the supervisor too, once nothing is left in it. */
  readonly shutdown: boolean
}

type Stop = Extract<Action, { action: 'stop'; unit: Observation }>
type Restart = Extract<Action, { action: 'restart' }>

/** Carries a plan out, wave by wave. One agent's failure does not keep the others from being handled. */
export async function applyPlan(
  plan: Plan,
  ports: EnginePorts,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<AgentId, Outcome>()
  const actions = plan.waves.flat()
  const starting = actions.filter(({ action }) => action === 'start' || action === 'restart')
  let asked: Promise<void> | null = null
  const ready = () => {
    asked ??= ports.supervisor.preflight(starting.map(({ id }) => id))
    return asked
  }
  // Nobody is drained for a supervisor that cannot start anybody; where nobody is, this is asked beside the writing.
  if (starting.length > 0 && actions.some(isDrained)) await ready()
  for (const wave of plan.waves) {
    for (const outcome of await applyWave(wave, ready, ports, options)) outcomes.set(outcome.id, outcome)
  }
  return plan.waves.flat().flatMap((action) => outcomes.get(action.id) ?? [])
}

function isDrained(action: Action): boolean {
  return action.action === 'restart' || (action.action === 'stop' && action.unit !== null)
}

async function applyWave(
  wave: readonly Action[],
  ready: () => Promise<void>,
  ports: EnginePorts,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const starter = createStarter(ports, ready)
  const settled = wave.map((action) => settle(action, ports)).filter((outcome) => outcome !== null)
  const starts = wave.filter((action) => action.action === 'start')
  const stops = wave.filter((action) => action.action === 'stop' && action.unit !== null)
  const remains = wave.filter((action) => action.action === 'stop' && action.unit === null)
  const restarts = wave.filter((action) => action.action === 'restart')
  const [swept, started, stopped, restarted] = await Promise.all([
    Promise.all(
      remains.map(async (action) => outcomeOf(action, null, await endRemains(action.remains, ports))),
    ),
    Promise.all(
      starts.map(async (action) =>
        outcomeOf(action, null, await starter({ launch: action.launch, replaces: action.remains })),
      ),
    ),
    stopAll(stops, ports, options),
    restartAll(restarts, starter, ports, options),
  ])
  return [...settled, ...swept, ...started, ...stopped, ...restarted]
}

/** Actions that need nothing done; null for the others. */
function settle(action: Action, ports: EnginePorts): Outcome | null {
  switch (action.action) {
    case 'keep':
      // Without it (lost, or damaged) the wrapper would not restart the agent.
      if (ports.desired(action.unit.agentDir) !== 'up') ports.setDesired([action.unit.agentDir], 'up')
      ports.progress({ id: action.id, phase: 'kept', detail: null })
      return outcomeOf(action, null, null)
    case 'skip':
      ports.progress({
        id: action.id,
        phase: action.error === null ? 'skipped' : 'failed',
        detail: action.error?.message ?? action.why,
      })
      return outcomeOf(action, null, action.error)
    case 'start':
    case 'stop':
    case 'restart':
      return null
    default:
      return action satisfies never
  }
}

async function stopAll(
  stops: readonly Stop[],
  ports: EnginePorts,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const drains = await drain(stops, ports, options, () => undefined)
  const done = stops.filter((action) => drains.get(action.id)?.outcome !== 'interrupted')
  if (done.length > 0 || options.shutdown) {
    const units = done.map((action) => action.unit)
    await ports.supervisor.remove(units, { shutdown: options.shutdown })
  }
  done.forEach((action) => ports.event('removed', action.id, { why: action.why }))
  return stops.map((action) => {
    const drained = drains.get(action.id) ?? null
    return outcomeOf(action, drained, drained === null ? null : drainError(drained))
  })
}

async function restartAll(
  restarts: readonly Restart[],
  starter: Starter,
  ports: EnginePorts,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const size = options.rolling ?? Math.max(1, restarts.length)
  const outcomes: Outcome[] = []
  for (let first = 0; first < restarts.length; first += size) {
    outcomes.push(...(await restartGroup(restarts.slice(first, first + size), starter, ports, options)))
  }
  return outcomes
}

/** Each agent is started as soon as its own drain has ended. */
async function restartGroup(
  group: readonly Restart[],
  starter: Starter,
  ports: EnginePorts,
  options: ApplyOptions,
): Promise<readonly Outcome[]> {
  const byId = new Map(group.map((action) => [action.id, action]))
  const starting = new Map<AgentId, Promise<ErrorDetail | null>>()
  const drains = await drain(group, ports, options, (outcome) => {
    const action = byId.get(outcome.id)
    // What could not be ended must not run twice.
    if (action === undefined || drainError(outcome) !== null) return
    starting.set(action.id, starter({ launch: action.launch, replaces: action.unit }))
  })
  return Promise.all(
    group.map(async (action) => {
      const drained = drains.get(action.id) ?? null
      const failed = drained === null ? null : drainError(drained)
      return outcomeOf(action, drained, failed ?? (await (starting.get(action.id) ?? null)))
    }),
  )
}

async function drain(
  actions: readonly (Stop | Restart)[],
  ports: EnginePorts,
  options: ApplyOptions,
  drained: (outcome: DrainOutcome) => void,
): Promise<ReadonlyMap<AgentId, DrainOutcome>> {
  if (actions.length === 0) return new Map()
  ports.learn(actions.map((action) => action.unit))
  const outcomes = await ports.supervisor.drain(
    actions.map((action) => action.unit),
    {
      timeoutMs: options.drainMs,
      now: options.now,
      signal: ports.interrupted,
      force: ports.forced,
      progress: ports.progress,
      drained: (outcome) => {
        recordDrain(outcome, ports)
        const unit = actions.find((action) => action.id === outcome.id)?.unit
        // Nothing is left of that run: a later start has nothing to sweep.
        if (unit !== undefined && drainError(outcome) === null) ports.clearRecord(unit.agentDir)
        drained(outcome)
      },
    },
  )
  return new Map(outcomes.map((outcome) => [outcome.id, outcome]))
}

function recordDrain(outcome: DrainOutcome, ports: EnginePorts): void {
  if (outcome.outcome === 'absent' && outcome.survivors.length === 0) return
  const { id, exitCode, exitSignal, ms, survivors } = outcome
  const event = outcome.outcome === 'forced' ? 'killed' : 'drained'
  ports.event(event, id, { outcome: outcome.outcome, ms, code: exitCode, signal: exitSignal, survivors })
}

function drainError(outcome: DrainOutcome): ErrorDetail | null {
  if (outcome.outcome === 'interrupted') {
    return new TeamError('interrupted', `${outcome.id} is still up: no longer waiting for it`, {
      hint: `go on with: team down ${outcome.id}, or kill it: team down --now ${outcome.id}`,
    }).toDetail()
  }
  if (outcome.survivors.length === 0) return null
  const pids = outcome.survivors.join(', ')
  return new TeamError('agent-survivors', `${outcome.id} has left processes that do not end: ${pids}`, {
    hint: `look at them: ps -o pid,user,stat,args -p ${outcome.survivors.join(',')}`,
  }).toDetail()
}

function outcomeOf(action: Action, drained: DrainOutcome | null, error: ErrorDetail | null): Outcome {
  const { id, why } = action
  if (drained === null) return { id, action: action.action, why, ok: error === null, drain: null, error }
  const { id: _id, exitSignal: _signal, ...shown } = drained
  return {
    id,
    action: action.action,
    why,
    ok: error === null,
    drain: shown,
    error,
  }
}
