import type { ProcessInfo } from '../io/processes.ts'
import type { DrainOutcome, DrainResult } from '../model/drain.ts'
import type { RunEvent } from '../model/record.ts'
import type { DrainOptions } from '../model/supervisor.ts'
import type { Observation } from '../model/unit.ts'
import { agentOf, type Drained, keyOf, remember, toDrain } from './drained.ts'
import { alive, endProcesses, graceOfRound } from './end-processes.ts'
import { runExitSequence, type SequencePorts } from './exit-sequence.ts'
import { createExitWatch, type ExitWatch } from './exit-watch.ts'
import { type Census, type CensusTaker, createCensusOffice, seen, sharedCensus } from './process-tree.ts'
import { reserveOf, type TurnPorts, turnEnd } from './turn-end.ts'

/** What the adapters bring: they differ only in `keys`. */
export interface DrainPorts extends Omit<SequencePorts, 'table'>, TurnPorts {}

interface Context extends SequencePorts, TurnPorts {
  readonly options: DrainOptions
  /** Called when the waiting is to stop; one listener for all units, however many they are. */
  readonly stops: Set<() => void>
  readonly watch: ExitWatch
  /** What is below the wrappers, before anybody was asked to end: what loses its parent from then on is found by it. */
  readonly before: Promise<Census>
  /** The first look at the whole machine, which must not hold up the keys. */
  readonly after: CensusTaker
  readonly census: CensusTaker
  /** Resolves once those who are asked together have been: what looks after them must not hold up their keys. */
  readonly asked: () => Promise<void>
}

/** Between two looks at an agent whose wrapper is gone. */
const orphanPollMs = 20

/** Reason of an abort: the default one takes the time to make an error with a stack. */
const settled = 'settled'

/** So many may wait for a look at the machine before they are asked; more are looked at below their wrappers only. */
const few = 8

/** What tmux and an agent take for its keys, which a look at the machine would hold up: on two cores all are at work then. */
const keysMs = 0.5

/** Keys are gathered for as long. ms. */
const askingMs = 1

/** A look at the machine costs 15 ms and more: agents that end together share one. ms. */
const censusLingerMs = 50

/** Drains every unit at the same time: the whole takes as long as the slowest. */
export async function drainAll(
  units: readonly Observation[],
  ports: DrainPorts,
  options: DrainOptions,
): Promise<readonly DrainOutcome[]> {
  // First of all: from here on no wrapper restarts anything. Before the watch, which it would only wake.
  ports.records.setDesired(
    units.map((unit) => unit.agentDir),
    'down',
  )
  const watch = createExitWatch(
    units.map((unit) => unit.agentDir),
    ports,
  )
  const stops = new Set<() => void>()
  let asked: Promise<void> | null = null
  let after: Promise<Census> | null = null
  const targets = units.map((unit) => toDrain(unit, ports))
  const take = createCensusOffice(ports, () => targets.flatMap(({ tree }) => [...tree.values()]))
  const census = sharedCensus(take, () => watch.calm(censusLingerMs))
  const wrappers = targets.flatMap(({ wrapper }) => wrapper ?? [])
  // What has lost its wrapper is found by its marker alone. And a few would end while the machine is looked at.
  const looksFirst = wrappers.length < targets.length || targets.length <= few
  const before = looksFirst
    ? take()
    : ports.processes.descendants(wrappers).then((table) => ({ table, carriers: new Map() }))
  const unlisten = onAbort([options.signal, options.force], () => stops.forEach((stop) => stop()))
  const context = {
    ...ports,
    options,
    stops,
    watch,
    before,
    after() {
      after ??= looksFirst ? before : ports.clock.sleep(units.length * keysMs).then(take)
      return after
    },
    census,
    table: async () => (await census()).table,
    asked: () => {
      asked ??= ports.clock.sleep(askingMs)
      return asked
    },
  }
  try {
    return await Promise.all(targets.map((target) => drainOne(target, context)))
  } finally {
    unlisten()
    watch.close()
  }
}

async function drainOne(drained: Drained, context: Context): Promise<DrainOutcome> {
  const began = context.clock.now()
  const { unit, wrapper, tree } = drained
  const before = context.records.last(unit.agentDir)
  await remember(drained, context.before, context.processes)
  // It was not there yet when the process table was read.
  if (wrapper !== null && !tree.has(keyOf(wrapper)))
    await remember(drained, context.census(), context.processes)
  // Looked at twice: a wrapper that had read `desired` already may be starting the next run.
  const agentRuns =
    wrapper !== null
      ? mayRun(before) || mayRun(context.records.last(unit.agentDir))
      : agentOf(drained, context).length > 0
  let result: DrainResult = 'absent'
  if (agentRuns) {
    // Without its wrapper an agent has no terminal to be asked through.
    result = context.options.now || wrapper === null ? 'forced' : await ask(drained, wrapper, began, context)
  }
  const survivors =
    result === 'interrupted'
      ? alive(tree.values(), context.processes)
      : await finish(drained, result, context)
  const exit = agentRuns ? context.records.last(unit.agentDir) : null
  const outcome: DrainOutcome = {
    id: unit.id,
    outcome: result,
    ms: Math.round(context.clock.now() - began),
    exitCode: exit?.kind === 'exit' ? exit.code : null,
    exitSignal: exit?.kind === 'exit' ? exit.signal : null,
    survivors: survivors.map((process) => process.pid),
    ...(result === 'forced' && wrapper === null ? { unasked: true } : {}),
  }
  report(outcome, context)
  return outcome
}

function mayRun(last: RunEvent | null): boolean {
  return last === null || last.kind === 'start'
}

/** Runs the exit sequence, once more at half of the budget, and waits for the wrapper to end. */
async function ask(
  drained: Drained,
  wrapper: ProcessInfo,
  began: number,
  context: Context,
): Promise<DrainResult> {
  const { unit } = drained
  const { clock, options } = context
  const budget = options.timeoutMs ?? unit.drain.timeoutMs
  const over = new AbortController()
  const stop = () => over.abort(settled)
  context.stops.add(stop)
  if (options.signal.aborted || options.force.aborted) stop()
  const watched = { agentDir: unit.agentDir, process: wrapper }
  const until = (ms: number) => clock.sleep(Math.max(0, began + ms - clock.now()), over.signal)
  const asking = (async () => {
    if (unit.drain.mode === 'finish')
      await turnEnd(unit, began + budget - reserveOf(budget), over.signal, context)
    const asked = clock.now() - began
    await runExitSequence(unit, wrapper, over.signal, context)
    await until((asked + budget) / 2)
    if (over.signal.aborted) return
    // What it has started since belongs to it as well.
    await remember(drained, context.census(), context.processes)
    await runExitSequence(unit, wrapper, over.signal, context)
    await until(budget)
  })()
  let ended = false
  const ending = (async () => {
    await context.asked()
    options.progress({ id: unit.id, phase: 'draining', detail: null })
    await remember(drained, context.after(), context.processes)
    await context.watch.ended(watched, over.signal)
    // A wrapper that was killed leaves its agent, which may still do as it was asked.
    let left = agentOf(drained, context)
    for (; !over.signal.aborted && left.length > 0; left = agentOf(drained, context))
      await clock.sleep(orphanPollMs, over.signal)
    ended = left.length === 0 && alive([wrapper], context.processes).length === 0
    over.abort(settled)
  })()
  try {
    await Promise.race([ending, asking])
  } finally {
    over.abort(settled)
    context.stops.delete(stop)
  }
  await ending
  if (ended) return 'graceful'
  return options.signal.aborted && !options.force.aborted ? 'interrupted' : 'forced'
}

function onAbort(signals: readonly AbortSignal[], listener: () => void): () => void {
  signals.forEach((signal) => signal.addEventListener('abort', listener))
  return () => signals.forEach((signal) => signal.removeEventListener('abort', listener))
}

/** Ends whatever is left of the agent. Returns what could not be ended. */
async function finish(
  drained: Drained,
  result: DrainResult,
  context: Context,
): Promise<readonly ProcessInfo[]> {
  const { unit, wrapper, tree } = drained
  // The terminal stays until everything has ended: an agent may abort when it cannot restore it.
  if (result === 'forced') context.options.progress({ id: unit.id, phase: 'killing', detail: null })
  // A process may be born while its parent is being killed: look until nothing new is found.
  for (let round = 0; round < 5; round += 1) {
    const left = seen(tree.values(), await remember(drained, context.census(), context.processes))
    if (left.length === 0) return []
    await endProcesses(left, wrapper?.pid ?? null, graceOfRound(round), context)
  }
  return alive(tree.values(), context.processes)
}

function report(outcome: DrainOutcome, context: Context): void {
  const phases = { graceful: 'drained', forced: 'killed', absent: 'absent', interrupted: 'failed' } as const
  const left = outcome.survivors.length
  context.options.progress({
    id: outcome.id,
    phase: phases[outcome.outcome],
    detail: left > 0 ? `${left} ${left === 1 ? 'process is' : 'processes are'} still up` : null,
  })
  context.options.drained(outcome)
}
