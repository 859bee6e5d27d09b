import { type ErrorDetail, ExitCode, TeamError } from '../errors.ts'
import type { AgentId } from '../model/agent.ts'
import type { Launch } from '../model/launch.ts'
import type { StartRequest, StartResult } from '../model/supervisor.ts'
import type { EnginePorts } from './ports.ts'
import { sweepRemains } from './remains.ts'

/** Starts one agent; null: it runs. Requests that come within a moment of each other are started in one call. */
export type Starter = (request: StartRequest) => Promise<ErrorDetail | null>

/** Agents whose drains end together are started together. */
const lingerMs = 10

export function createStarter(ports: EnginePorts, ready: () => Promise<void>): Starter {
  let pending: {
    requests: StartRequest[]
    results: Promise<ReadonlyMap<AgentId, ErrorDetail | null>>
  } | null = null
  let first = true
  return async (request) => {
    if (pending === null) {
      const requests: StartRequest[] = []
      const linger = first ? Promise.resolve() : ports.sleep(lingerMs)
      first = false
      const results = linger.then(() => {
        pending = null
        return startTogether(requests, ports, ready)
      })
      pending = { requests, results }
    }
    pending.requests.push(request)
    return (await pending.results).get(request.launch.id) ?? null
  }
}

async function startTogether(
  requests: readonly StartRequest[],
  ports: EnginePorts,
  ready: () => Promise<void>,
): Promise<ReadonlyMap<AgentId, ErrorDetail | null>> {
  if (ports.interrupted.aborted) return new Map(requests.map(({ launch }) => [launch.id, notStarted(launch)]))
  requests.forEach(({ launch }) => ports.progress({ id: launch.id, phase: 'starting', detail: null }))
  const results = await outcomesOf(requests, ports, ready)
  results.forEach((error, id) => {
    ports.progress({
      id,
      phase: error === null ? 'started' : 'failed',
      detail: error?.message.split('\n', 1)[0] ?? null,
    })
  })
  return results
}

async function outcomesOf(
  requests: readonly StartRequest[],
  ports: EnginePorts,
  ready: () => Promise<void>,
): Promise<ReadonlyMap<AgentId, ErrorDetail | null>> {
  try {
    // Asked while the files are written.
    const answer = ready().then(
      () => null,
      (error: unknown) => ({ error }),
    )
    const expectReady = async () => {
      const refused = await answer
      if (refused !== null) throw refused.error
    }
    const launches = requests.map(({ launch }) => launch)
    // Nothing is ended for what cannot be started.
    const undrained = requests
      .filter(({ launch }) => ports.isUndrained(launch.agentDir))
      .map(({ launch: { agentDir, marker }, replaces }) => ({ agentDir, marker, unit: replaces }))
    if (undrained.length > 0) await expectReady()
    await sweepRemains(undrained, ports)
    await ports.write(launches)
    await expectReady()
    const outcomes = new Map((await ports.supervisor.start(requests)).map(({ id, result }) => [id, result]))
    return new Map(
      requests.map(({ launch }) => {
        const result = outcomes.get(launch.id)
        return [launch.id, result === undefined ? null : startError(launch, result)]
      }),
    )
  } catch (error) {
    // What concerns these agents only must not keep the others from being handled.
    if (!(error instanceof TeamError) || error.exitCode !== ExitCode.failed) throw error
    return new Map(requests.map(({ launch }) => [launch.id, error.toDetail()]))
  }
}

function notStarted(launch: Launch): ErrorDetail {
  return new TeamError('interrupted', `${launch.id} was not started: interrupted`, {
    hint: `start it with: team up ${launch.id}`,
  }).toDetail()
}

/** null when the start is a success; an agent that ended at once with 0 did what it had to do. */
function startError(launch: Launch, result: StartResult): ErrorDetail | null {
  switch (result.kind) {
    case 'started':
      return null
    case 'failed': {
      const code =
        result.reason === 'cwd' ? 'agent-cwd' : result.reason === 'command' ? 'agent-command' : 'agent-start'
      const hint = startHints[result.reason]
      return new TeamError(code, `${launch.id}: ${result.message}`, { hint }).toDetail()
    }
    case 'exited': {
      if (result.code === 0) return null
      const how = result.signal ?? (result.code === null ? 'for an unknown reason' : `exit ${result.code}`)
      const shown = result.lines.length === 0 ? '' : `; its last lines:\n${result.lines.join('\n')}`
      return new TeamError('agent-exited', `${launch.id} ended at once (${how})${shown}`, {
        hint: `see more with: team logs ${launch.id}`,
      }).toDetail()
    }
    default:
      return result satisfies never
  }
}

const startHints = {
  cwd: 'make the directory, or correct `cwd` in the compose file',
  command: 'install the program, or correct `command` or PATH in the compose file',
  env: 'check that the state directory is readable',
  supervisor: 'run: team doctor',
} as const
