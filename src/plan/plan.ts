import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import { changedParts } from '../model/fingerprint.ts'
import type { Launch } from '../model/launch.ts'
import type { Action, Plan, Remains } from '../model/plan.ts'
import type { Observation } from '../model/unit.ts'

/** What a lifecycle command is asked to do. */
export type Request =
  | { readonly command: 'up'; readonly forceRecreate: boolean; readonly removeOrphans: boolean }
  | { readonly command: 'reload'; readonly force: boolean }
  | { readonly command: 'restart' }
  | { readonly command: 'down' }

export interface PlanInput {
  readonly team: string
  /** Every agent of the file, in its order; the scope does not narrow this. */
  readonly wanted: readonly Launch[]
  readonly observed: readonly Observation[]
  /** Agents that were started and, as far as their records go, never ended in order; their units may be gone. */
  readonly remains: readonly Remains[]
  /** null: everything. An argument of the planner, so that `reload web:lead` does not take all others for orphans. */
  readonly scope: ReadonlySet<AgentId> | null
  readonly request: Request
  /** Was this running unit told to end, by a command that is gone? It may end at any moment. */
  readonly isEnding: (unit: Observation) => boolean
}

/** (wanted, observed, scope) → actions. Pure; the same plan is shown by `--dry-run` and carried out. */
export function makePlan(input: PlanInput): Plan {
  const observed = new Map(input.observed.map((unit) => [unit.id, unit]))
  const inScope = (id: AgentId) => input.scope === null || input.scope.has(id)
  const wantedIds = new Set(input.wanted.map((launch) => launch.id))
  const forWanted = input.wanted
    .filter((launch) => inScope(launch.id))
    .flatMap((launch) => planWanted(launch, observed.get(launch.id) ?? null, input) ?? [])
  const forOrphans = input.observed
    .filter((unit) => !wantedIds.has(unit.id) && inScope(unit.id))
    .map((unit) => planOrphan(unit, input.request))
  const withoutUnit = input.remains
    .filter(({ id }) => !observed.has(id) && inScope(id))
    .flatMap((remains) => planRemains(remains, wantedIds.has(remains.id), input.request) ?? [])
  const handled = new Set(withoutUnit.map(({ id }) => id))
  const others = [...forOrphans, ...forWanted].filter(({ id }) => !handled.has(id))
  return { team: input.team, waves: [[...withoutUnit, ...others]] }
}

/** A start sweeps by itself; whoever stays down has to be swept here. */
function planRemains(remains: Remains, wanted: boolean, request: Request): Action | null {
  const { id } = remains
  const why = 'its terminal is gone'
  if (request.command === 'down') return { action: 'stop', id, why, unit: null, remains }
  if (wanted || !dropsOrphans(request)) return null
  return { action: 'stop', id, why: `not in the file, and ${why}`, unit: null, remains }
}

function dropsOrphans(request: Request): boolean {
  return request.command === 'reload' || (request.command === 'up' && request.removeOrphans)
}

function planWanted(launch: Launch, unit: Observation | null, input: PlanInput): Action | null {
  const { request } = input
  const { id } = launch
  if (unit?.liveness === 'unknown') return unknownState(unit)
  if (request.command === 'down') {
    if (unit !== null)
      return { action: 'stop', id, why: unit.liveness === 'exited' ? 'has ended' : 'down', unit }
    return input.scope === null ? null : { action: 'skip', id, why: 'not running', error: null }
  }
  if (unit === null) return { action: 'start', id, why: 'not running', launch, remains: null }
  if (unit.liveness === 'exited') return { action: 'start', id, why: 'had ended', launch, remains: unit }
  const changed = changedParts(unit.fingerprint, launch.fingerprint)
  const difference = `changed: ${changed.join(', ')}`
  const why = input.isEnding(unit) ? 'its drain was cut short' : isForced(request) ? 'forced' : null
  switch (request.command) {
    case 'restart':
      return { action: 'restart', id, why: changed.length > 0 ? difference : 'asked for', unit, launch }
    case 'up':
      if (why !== null) return { action: 'restart', id, why, unit, launch }
      if (changed.length > 0) {
        return { action: 'keep', id, why: `${difference}: run team reload`, unit, changed: true }
      }
      return { action: 'keep', id, why: `running${lossOf(unit)}`, unit, changed: false }
    case 'reload':
      if (changed.length > 0) return { action: 'restart', id, why: difference, unit, launch }
      if (why !== null) return { action: 'restart', id, why, unit, launch }
      return { action: 'keep', id, why: `unchanged${lossOf(unit)}`, unit, changed: false }
    default:
      return request satisfies never
  }
}

/** Said of a unit that runs without its file. */
const lossWords = {
  gone: '; its unit file was gone',
  foreign: '; its unit file is another’s now',
  masked: '; its unit is masked',
} as const

function lossOf({ fileLoss }: Observation): string {
  return fileLoss === undefined ? '' : lossWords[fileLoss]
}

function isForced(request: Request): boolean {
  return (
    (request.command === 'up' && request.forceRecreate) || (request.command === 'reload' && request.force)
  )
}

function planOrphan(unit: Observation, request: Request): Action {
  const { id } = unit
  if (unit.liveness === 'unknown') return unknownState(unit)
  switch (request.command) {
    case 'down':
    case 'reload':
      return { action: 'stop', id, why: 'not in the file', unit }
    case 'up':
      if (request.removeOrphans) return { action: 'stop', id, why: 'not in the file', unit }
      return {
        action: 'skip',
        id,
        why: 'not in the file: run team reload, or team up --remove-orphans',
        error: null,
      }
    case 'restart':
      return { action: 'skip', id, why: 'not in the file', error: null }
    default:
      return request satisfies never
  }
}

/** Without its file nobody knows how to reach its terminal: its init can ask it to end. */
function endHint({ fileLoss, unit }: Observation): string {
  if (fileLoss === undefined) return 'look at it with team attach, end it there'
  return unit.supervisor === 'systemd'
    ? `end it with: systemctl --user stop ${unit.name}`
    : `end it with: launchctl bootout gui/$(id -u)/${unit.name}`
}

/** Never start, restart or kill on a guess. */
function unknownState(unit: Observation): Action {
  const error: ErrorDetail = {
    code: 'agent-unknown-state',
    message: `cannot tell what ${unit.id} is doing: the labels of ${unit.unit.name} are unreadable`,
    hint: `${endHint(unit)}, then run the command again`,
  }
  return { action: 'skip', id: unit.id, why: 'unknown state', error }
}

/**
 * Replaces every start that cannot work by a skip with the error, before anything is drained for it: a
 * reload must not end a working agent and then find that its new directory is missing.
 */
export function withProblems(plan: Plan, problem: (launch: Launch) => ErrorDetail | null): Plan {
  const check = (action: Action): Action => {
    if (action.action !== 'start' && action.action !== 'restart') return action
    const error = problem(action.launch)
    return error === null ? action : { action: 'skip', id: action.id, why: action.why, error }
  }
  return { ...plan, waves: plan.waves.map((wave) => wave.map(check)) }
}
