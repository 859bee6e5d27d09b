import type { ErrorDetail } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { Action, Outcome, Plan } from '../model/plan.ts'
import { doneWords, plannedWords } from './action-words.ts'
import { humanElapsed, safeLines, safeText } from './human.ts'
import type { Paint, Style } from './style.ts'
import { displayWidth, pad } from './width.ts'

/**
 * The lines of a plan, and of what came of it. Both begin each action with the same text, because there
 * is one formatter: what a dry run shows is what the command does.
 */

export interface OutcomeOptions {
  readonly style: Style
  /** Shows also the agents that are left as they are. */
  readonly verbose: boolean
  /** Killing was asked for (`--now`), so being killed is no reason to raise the budget. */
  readonly now: boolean
}

/** What a dry run prints: header, one line per action, summary. */
export function planLines(plan: Plan, options: OutcomeOptions): readonly string[] {
  const entries = plan.waves.flat().map((action): Entry => ({ ...describe(action), result: null }))
  return [
    options.style.warn('dry run: nothing was changed'),
    ...entryLines(entries, options),
    summary(
      plan.team,
      entries.map((entry) => countedAs(entry, options)),
    ),
  ]
}

/** What the command itself prints: one line per action with its outcome, what went wrong below it, summary. */
export function outcomeLines(
  plan: Plan,
  outcomes: readonly Outcome[],
  options: OutcomeOptions,
): readonly string[] {
  const open = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const entries = plan.waves.flat().map((action): Entry => {
    const outcome = open.get(action.id)
    open.delete(action.id)
    return { ...describe(action), result: outcome ?? 'not done' }
  })
  for (const outcome of open.values()) {
    entries.push({ ...outcome, isNotable: true, problem: null, result: outcome })
  }
  return [
    ...entryLines(entries, options),
    summary(
      plan.team,
      entries.map((entry) => countedAs(entry, options)),
    ),
  ]
}

/** What `--quiet` leaves of it: what went wrong, if anything did. */
export function failureLines(outcomes: readonly Outcome[], options: OutcomeOptions): readonly string[] {
  const failed = outcomes.filter(({ ok }) => !ok)
  return entryLines(
    failed.map((outcome): Entry => ({ ...outcome, isNotable: true, problem: null, result: outcome })),
    options,
  )
}

interface Entry {
  readonly action: Action['action']
  readonly id: AgentId
  readonly why: string
  /** Shown even without `verbose`. */
  readonly isNotable: boolean
  /** What already the plan knows to be wrong. */
  readonly problem: ErrorDetail | null
  /** null: only planned. */
  readonly result: Outcome | 'not done' | null
}

function describe(action: Action): Omit<Entry, 'result'> {
  const isNotable = action.action !== 'keep' || action.changed
  const problem = action.action === 'skip' ? action.error : null
  return { action: action.action, id: action.id, why: action.why, isNotable, problem }
}

function entryLines(entries: readonly Entry[], options: OutcomeOptions): readonly string[] {
  const shown = entries.filter((entry) => entry.isNotable || options.verbose || hasFailed(entry))
  const idWidth = Math.max(0, ...shown.map((entry) => entry.id.length))
  const whyWidth = Math.max(0, ...shown.map((entry) => displayWidth(safeText(entry.why))))
  return shown.flatMap((entry) => {
    const why = safeText(entry.why)
    const verb = verbPaint(entry.action, options.style)(entry.action.padEnd(7))
    const line = `${verb} ${entry.id.padEnd(idWidth)}   ${why}`
    const after = resultText(entry, options)
    const whole = after === '' ? line : `${line}${pad('', whyWidth - displayWidth(why))}   ${after}`
    return [whole.trimEnd(), ...problemLines(entry, options.style)]
  })
}

function verbPaint(action: Action['action'], style: Style): Paint {
  switch (action) {
    case 'start':
      return style.ok
    case 'restart':
    case 'skip':
      return style.warn
    case 'stop':
      return style.bold
    case 'keep':
      return style.dim
    default:
      return action satisfies never
  }
}

function resultText(entry: Entry, options: OutcomeOptions): string {
  if (entry.result === null) return ''
  if (entry.result === 'not done') return options.style.warn('not done')
  const drain = entry.result.drain === null ? '' : drainText(entry.result.drain, options)
  return hasFailed(entry) ? [drain, options.style.bad('failed')].filter(Boolean).join(', ') : drain
}

function drainText(drain: NonNullable<Outcome['drain']>, options: OutcomeOptions): string {
  const took = humanElapsed(drain.ms)
  switch (drain.outcome) {
    case 'graceful':
      return `drained in ${took}${drain.exitCode === null ? '' : `, exit ${drain.exitCode}`}`
    case 'forced':
      if (options.now) return options.style.warn(`killed in ${took}`)
      // More time would not have helped one that was never asked.
      return options.style.warn(
        `forced after ${took}: ${drain.unasked === true ? 'its wrapper was gone' : 'raise --drain'}`,
      )
    case 'absent':
      return 'was not running'
    case 'interrupted':
      return options.style.warn('no longer waited for')
    default:
      return drain.outcome satisfies never
  }
}

/** Survivors and the error of one agent, indented below its line. */
function problemLines(entry: Entry, style: Style): readonly string[] {
  const lines: string[] = []
  if (entry.result === null) {
    if (entry.problem !== null) lines.push(...errorLines(entry.problem, style))
  } else if (entry.result !== 'not done') {
    const { drain, error, ok } = entry.result
    const survivors = drain?.survivors ?? []
    if (error !== null) lines.push(...errorLines(error, style))
    else if (!ok && survivors.length === 0) lines.push(`hint: team logs ${entry.id}`)
    // The error of survivors names them itself.
    if (survivors.length > 0 && error?.code !== 'agent-survivors') {
      lines.push(style.bad(`still alive: pid ${survivors.join(', ')}`), `hint: ps -fp ${survivors.join(',')}`)
    }
  }
  return lines.map((line) => `        ${line}`)
}

function errorLines(error: ErrorDetail, style: Style): readonly string[] {
  const message = safeLines(error.message).map((line) => style.bad(line))
  return error.hint === null ? message : [...message, ...safeLines(`hint: ${error.hint}`)]
}

function hasFailed(entry: Entry): boolean {
  return entry.result !== null && entry.result !== 'not done' && !entry.result.ok
}

const forcedMark = ' (forced)'

const summaryOrder = [
  ...Object.values(doneWords),
  ...Object.values(plannedWords),
  'not done',
  'would fail',
  'failed',
]

function countedAs(entry: Entry, options: OutcomeOptions): string {
  if (entry.result === null) return entry.problem !== null ? 'would fail' : plannedWords[entry.action]
  if (entry.result === 'not done') return 'not done'
  if (!entry.result.ok) return 'failed'
  const isForced = !options.now && entry.result.drain?.outcome === 'forced'
  return doneWords[entry.action] + (isForced ? forcedMark : '')
}

/** `acme: 2 started, 1 restarted (1 forced), 47 kept`. */
function summary(team: string, counts: readonly string[]): string {
  const parts = summaryOrder.flatMap((name) => {
    const plain = counts.filter((counted) => counted === name).length
    const forced = counts.filter((counted) => counted === name + forcedMark).length
    if (plain + forced === 0) return []
    return [`${plain + forced} ${name}${forced > 0 ? ` (${forced} forced)` : ''}`]
  })
  return `${team}: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}`
}
