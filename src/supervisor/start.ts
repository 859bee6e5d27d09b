import type { Clock } from '../io/clock.ts'
import { isJournal, type Records } from '../io/records.ts'
import type { Launch } from '../model/launch.ts'
import type { RunEvent } from '../model/record.ts'
import type { StartOutcome, StartRequest, StartResult } from '../model/supervisor.ts'

export interface ConfirmPorts {
  readonly clock: Clock
  readonly records: Records
  /** Last lines that the agent's terminal shows. */
  readonly lastLines: (launch: Launch) => Promise<readonly string[]>
  /** Does the unit exist, and does its wrapper run? */
  readonly unitRuns: (launch: Launch) => Promise<boolean>
}

/** ms without any report: 500 wrappers on a loaded machine need long in all, but not one after the other. */
const confirmTimeoutMs = 15_000
/** Where no file event comes. */
const pollMs = 50
/** While the supervisor still works at it. */
const nextMs = 3

/** Resolves once the wrapper of each launch has reported, or with `signal`. The last one is asked for first. */
export async function allReported(
  requests: readonly StartRequest[],
  { clock, records }: Pick<ConfirmPorts, 'clock' | 'records'>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = requests.map(({ launch }) => launch.agentDir)
  for (let agentDir = waiting.pop(); agentDir !== undefined; agentDir = waiting.pop()) {
    while (records.last(agentDir) === null) {
      await clock.sleep(nextMs, signal)
      if (signal.aborted) return
    }
  }
}

/** Waits until the wrapper of each launch has reported a start, an exit or an error. */
export async function confirmStarts(
  requests: readonly StartRequest[],
  errors: readonly string[],
  ports: ConfirmPorts,
): Promise<readonly StartOutcome[]> {
  const launches = requests.map((request) => request.launch)
  const records = await untilReported(launches, ports)
  return Promise.all(
    launches.map(async (launch) => {
      const first = records.get(launch.agentDir)
      const result =
        first === undefined ? await unreported(launch, errors, ports) : await reported(launch, first, ports)
      return { id: launch.id, result }
    }),
  )
}

async function untilReported(
  launches: readonly Launch[],
  ports: ConfirmPorts,
): Promise<ReadonlyMap<string, RunEvent>> {
  const waiting = new Set(launches.map((launch) => launch.agentDir))
  const found = new Map<string, RunEvent>()
  let wake = new AbortController()
  let deadline = ports.clock.now() + confirmTimeoutMs
  const look = (agentDir: string): void => {
    if (!waiting.has(agentDir)) return
    const last = ports.records.last(agentDir)
    if (last === null) return
    waiting.delete(agentDir)
    found.set(agentDir, last)
    deadline = ports.clock.now() + confirmTimeoutMs
    if (waiting.size === 0) wake.abort()
  }
  // Most have, once the call that starts them is over.
  ;[...waiting].forEach(look)
  if (waiting.size === 0) return found
  const stop = ports.records.watch([...waiting], (agentDir, file) => {
    if (isJournal(file)) look(agentDir)
  })
  try {
    ;[...waiting].forEach(look)
    while (waiting.size > 0 && ports.clock.now() < deadline) {
      await ports.clock.sleep(pollMs, wake.signal)
      wake = new AbortController()
      ;[...waiting].forEach(look)
    }
  } finally {
    stop()
  }
  return found
}

async function reported(launch: Launch, first: RunEvent, ports: ConfirmPorts): Promise<StartResult> {
  // A line more may have come since: an agent that ended at once is not a started one.
  const last = ports.records.last(launch.agentDir) ?? first
  switch (last.kind) {
    case 'start':
      return { kind: 'started', pid: last.pid }
    case 'error':
      return { kind: 'failed', reason: last.reason, message: startErrors[last.reason](launch) }
    case 'exit':
      return {
        kind: 'exited',
        code: last.code,
        signal: last.signal,
        lines: last.code === 0 ? [] : await ports.lastLines(launch),
      }
    case 'backoff':
    case 'gave-up': {
      const exit = ports.records.read(launch.agentDir).exit
      return {
        kind: 'exited',
        code: exit?.code ?? null,
        signal: exit?.signal ?? null,
        lines: await ports.lastLines(launch),
      }
    }
    default:
      return last satisfies never
  }
}

const startErrors = {
  cwd: (launch: Launch) => `cannot enter its working directory ${launch.cwd}`,
  command: (launch: Launch) => `cannot run ${launch.argv[0] ?? ''}: no such command in its PATH`,
  env: (launch: Launch) => `cannot read its environment from ${launch.agentDir}`,
} as const

async function unreported(
  launch: Launch,
  errors: readonly string[],
  ports: ConfirmPorts,
): Promise<StartResult> {
  const runs = await ports.unitRuns(launch)
  const seconds = confirmTimeoutMs / 1000
  const said = runs || errors.length > 0 ? errors : await ports.lastLines(launch).catch(() => [])
  const message = runs
    ? `its wrapper has not reported within ${seconds}s`
    : `it was not started: ${said.join('; ') || 'no message'}`
  return { kind: 'failed', reason: 'supervisor', message }
}
