import type { Clock } from '../io/clock.ts'
import type { Processes, ProcessInfo } from '../io/processes.ts'
import type { Records } from '../io/records.ts'
import type { DrainStep } from '../model/drain.ts'
import type { Observation } from '../model/unit.ts'

/** What an exit sequence needs of the world. */
export interface SequencePorts {
  readonly clock: Clock
  readonly processes: Processes
  readonly records: Records
  /** Presses keys in the unit's terminal, leaving copy mode first. */
  readonly keys: (unit: Observation, keys: readonly string[]) => Promise<void>
  /** The process table as it is now or will be in a moment: units that ask together share one look. */
  readonly table: () => Promise<readonly ProcessInfo[]>
}

/** Asks the agent to end, as its unit says. Ends early when `over` aborts; never rejects. */
export async function runExitSequence(
  unit: Observation,
  wrapper: ProcessInfo,
  over: AbortSignal,
  ports: SequencePorts,
): Promise<void> {
  try {
    for (const step of unit.drain.steps) {
      if (over.aborted) return
      await perform(step, unit, wrapper, over, ports)
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
  ports: SequencePorts,
): Promise<void> {
  switch (step.kind) {
    case 'key':
      return ports.keys(unit, [step.key])
    case 'pause':
      return ports.clock.sleep(step.ms, over)
    case 'signal':
      return signalForeground(unit, wrapper, step.signal, ports)
    default:
      step satisfies never
  }
}

/** To the foreground process group of the agent's terminal, as a key would; to the agent alone where there is no terminal. */
async function signalForeground(
  unit: Observation,
  wrapper: ProcessInfo,
  signal: NodeJS.Signals,
  ports: SequencePorts,
): Promise<void> {
  const now = ports.processes.find(wrapper.pid)
  if (now === null || now.start !== wrapper.start) return
  const table = await ports.table()
  // Not the wrapper, which shares the group: it must live to record the end.
  const group = table.filter(
    (found) =>
      found.session === now.session && found.pgrp === now.tpgid && found.pid !== wrapper.pid && !found.zombie,
  )
  const last = ports.records.last(unit.agentDir)
  const agent = table.filter(
    (found) => last?.kind === 'start' && found.pid === last.pid && found.ppid === now.pid,
  )
  for (const target of group.length > 0 ? group : agent) ports.processes.signal(target, signal)
}
