import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'
import type { DrainOutcome, DrainResult, DrainStep } from '../model/drain.ts'
import type { DrainOptions } from '../model/supervisor.ts'
import type { Observation } from '../model/unit.ts'
import { alive, endProcesses } from './end-processes.ts'
import { createExitWatch, type ExitWatch } from './exit-watch.ts'
import { createCensusTaker, treeOf } from './process-tree.ts'

/** What a drain does to the world; the adapters differ only in `keys` and `remove`. */
export interface DrainPorts {
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  /** Presses keys in the unit's terminal, leaving copy mode first. */
  readonly keys: (unit: Observation, keys: readonly string[]) => Promise<void>
  /** Removes the unit, whatever runs in it. */
  readonly remove: (unit: Observation) => Promise<void>
}

interface Context extends DrainPorts {
  readonly options: DrainOptions
  /** Called when the waiting is to stop; one listener for all units, however many they are. */
  readonly stops: Set<() => void>
  readonly watch: ExitWatch
  readonly census: ReturnType<typeof createCensusTaker>
}

/** Long enough for agents that end together to share one look at the machine. */
const censusLingerMs = 8

/** Drains every unit at the same time: the whole takes as long as the slowest. */
export async function drainAll(
  units: readonly Observation[],
  ports: DrainPorts,
  options: DrainOptions,
): Promise<readonly DrainOutcome[]> {
  const watch = createExitWatch(
    units.map((unit) => unit.agentDir),
    ports,
  )
  const stops = new Set<() => void>()
  const unlisten = onAbort([options.signal, options.force], () => stops.forEach((stop) => stop()))
  const context = {
    ...ports,
    options,
    stops,
    watch,
    census: createCensusTaker(ports.processes, censusLingerMs),
  }
  try {
    return await Promise.all(units.map((unit) => drainOne(unit, context)))
  } finally {
    unlisten()
    watch.close()
  }
}

async function drainOne(unit: Observation, context: Context): Promise<DrainOutcome> {
  const began = context.clock.now()
  // First of all: from here on the wrapper restarts nothing.
  context.records.setDesired(unit.agentDir, 'down')
  const tree = new Map<string, ProcessInfo>()
  const wrapper = unit.unit.pid === null ? null : context.processes.find(unit.unit.pid)
  const before = context.records.read(unit.agentDir).last
  const agentRuns = wrapper !== null && (before === null || before.kind === 'start')
  await remember(unit, tree, context)
  let result: DrainResult = 'absent'
  if (agentRuns) {
    context.options.progress({ id: unit.id, phase: 'draining', detail: null })
    result = context.options.now ? 'forced' : await ask(unit, wrapper, began, tree, context)
  }
  const survivors =
    result === 'interrupted'
      ? alive(tree.values(), context.processes)
      : await finish(unit, result, tree, context)
  const exit = agentRuns ? context.records.read(unit.agentDir).last : null
  const outcome: DrainOutcome = {
    id: unit.id,
    outcome: result,
    ms: Math.round(context.clock.now() - began),
    exitCode: exit?.kind === 'exit' ? exit.code : null,
    exitSignal: exit?.kind === 'exit' ? exit.signal : null,
    survivors: survivors.map((process) => process.pid),
  }
  report(outcome, context)
  return outcome
}

/** Adds what belongs to the agent now to what ever did: a child may lose its parent before it is looked for again. */
async function remember(unit: Observation, tree: Map<string, ProcessInfo>, context: Context): Promise<void> {
  const census = await context.census(unit.marker)
  for (const found of treeOf(census, unit.unit.pid, unit.marker, process.pid)) {
    tree.set(`${found.pid}@${found.start}`, found)
  }
}

/** Runs the exit sequence, once more at half of the budget, and waits for the wrapper to end. */
async function ask(
  unit: Observation,
  wrapper: ProcessInfo,
  began: number,
  tree: Map<string, ProcessInfo>,
  context: Context,
): Promise<DrainResult> {
  const { clock, options } = context
  const budget = options.timeoutMs ?? unit.drain.timeoutMs
  const over = new AbortController()
  const stop = () => over.abort()
  context.stops.add(stop)
  if (options.signal.aborted || options.force.aborted) stop()
  const watched = { agentDir: unit.agentDir, process: wrapper }
  let ended = false
  const ending = context.watch.ended(watched, over.signal).then(() => {
    ended = alive([wrapper], context.processes).length === 0
    over.abort()
  })
  const until = (ms: number) => clock.sleep(Math.max(0, began + ms - clock.now()), over.signal)
  const asking = (async () => {
    await press(unit, wrapper, over.signal, context)
    await until(budget / 2)
    if (over.signal.aborted) return
    // What it has started since belongs to it as well.
    await remember(unit, tree, context)
    await press(unit, wrapper, over.signal, context)
    await until(budget)
  })()
  try {
    await Promise.race([ending, asking])
  } finally {
    over.abort()
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

async function press(
  unit: Observation,
  wrapper: ProcessInfo,
  over: AbortSignal,
  context: Context,
): Promise<void> {
  try {
    for (const step of unit.drain.steps) {
      if (over.aborted) return
      await perform(step, unit, wrapper, over, context)
    }
  } catch {
    // A terminal that takes no keys (hung, or gone meanwhile): the deadline still ends the agent.
  }
}

async function perform(
  step: DrainStep,
  unit: Observation,
  wrapper: ProcessInfo,
  over: AbortSignal,
  context: Context,
): Promise<void> {
  switch (step.kind) {
    case 'key':
      return context.keys(unit, [step.key])
    case 'pause':
      return context.clock.sleep(step.ms, over)
    case 'signal':
      return signalForeground(unit, wrapper, step.signal, context)
    default:
      step satisfies never
  }
}

/** To the foreground process group of the agent's terminal, as a key would; to the agent alone where there is no terminal. */
async function signalForeground(
  unit: Observation,
  wrapper: ProcessInfo,
  signal: NodeJS.Signals,
  context: Context,
): Promise<void> {
  const now = context.processes.find(wrapper.pid)
  if (now === null || now.start !== wrapper.start) return
  const table = await context.processes.scan()
  // Not the wrapper, which shares the group: it must live to record the end.
  const group = table.filter(
    (found) =>
      found.session === now.session && found.pgrp === now.tpgid && found.pid !== wrapper.pid && !found.zombie,
  )
  const last = context.records.read(unit.agentDir).last
  const agent = table.filter(
    (found) => last?.kind === 'start' && found.pid === last.pid && found.ppid === now.pid,
  )
  for (const target of group.length > 0 ? group : agent) context.processes.signal(target, signal)
}

/** Ends whatever is left of the agent. Returns what could not be ended. */
async function finish(
  unit: Observation,
  result: DrainResult,
  tree: Map<string, ProcessInfo>,
  context: Context,
): Promise<readonly ProcessInfo[]> {
  if (result === 'forced') {
    context.options.progress({ id: unit.id, phase: 'killing', detail: null })
    await remember(unit, tree, context)
    // Whoever asked for the drain removes the unit again, and hears of an error then.
    await context.remove(unit).catch(() => undefined)
    await endProcesses([...tree.values()], unit.unit.pid, context)
  }
  // A process may be born while its parent is being killed: look until nothing new is found.
  for (let round = 0; round < 5; round += 1) {
    await remember(unit, tree, context)
    const left = alive(tree.values(), context.processes)
    if (left.length === 0) return []
    await endProcesses(left, unit.unit.pid, context)
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
