import { type AwaitedAgent, awaitActivity } from '../../engine/await-activity.ts'
import type { SeenAgent } from '../../engine/watch-activity.ts'
import { ExitCode, TeamError } from '../../errors.ts'
import { awaited } from '../../model/activity.ts'
import type { AgentId } from '../../model/agent.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { waitLines } from '../../view/wait.ts'
import { activityPorts } from '../activity-ports.ts'
import { candidates } from '../candidates.ts'
import {
  type CommandResult,
  flag,
  type Invocation,
  numberOption,
  type Run,
  stringOption,
} from '../command.ts'
import { startProgress } from '../progress.ts'
import { openTeam, type Team } from '../team.ts'

export const wait: Run = async (invocation) => {
  const { context, options } = invocation
  const team = await openTeam(context)
  const goal = awaited.find((name) => name === stringOption(options, 'for')) ?? 'idle'
  const ids = await targetIds(team, invocation)
  if (goal !== 'exited') requireActivity(team, ids)
  const timeout = numberOption(options, 'timeout')
  const progress = startProgress('wait', context)
  try {
    const { agents, end } = await awaitActivity(
      {
        ids,
        goal,
        any: flag(options, 'any'),
        deadline: timeout === null ? null : context.clock.now() + timeout,
        aborted: context.interrupt.stop,
        progress: (seen, result) =>
          progress.event({
            id: seen.id,
            phase: result === 'pending' ? 'waiting' : result === 'reached' ? 'done' : 'failed',
            detail: doing(seen),
          }),
      },
      activityPorts(team, context),
    )
    return toResult(agents, end)
  } finally {
    progress.stop()
  }
}

function toResult(agents: readonly AwaitedAgent[], end: 'enough' | 'late' | 'aborted'): CommandResult {
  const reached = agents.some(({ result }) => result === 'reached')
  const impossible = agents.some(({ result }) => result === 'impossible')
  const pending = agents.some(({ result }) => result === 'pending')
  const enough = end === 'enough' && (reached || agents.length === 0) && (pending || !impossible)
  const exitCode =
    end === 'aborted'
      ? ExitCode.interrupted
      : end === 'late'
        ? ExitCode.timeout
        : enough
          ? ExitCode.ok
          : ExitCode.failed
  return {
    exitCode,
    json: agents.map(({ seen, result }) => ({
      id: seen.id,
      result,
      state: seen.livesOn === true ? 'running' : seen.state,
      activity: seen.reading?.activity ?? null,
      activityDetail: seen.reading?.detail ?? null,
    })),
    human: () => waitLines(agents.map(({ seen, result }) => ({ id: seen.id, result, doing: doing(seen) }))),
  }
}

function doing({ state, reading, livesOn }: SeenAgent): string {
  if (livesOn === true) return 'running: nothing holds it any more'
  if (reading === null) return state
  return reading.detail === null ? reading.activity : `${reading.activity}: ${reading.detail}`
}

async function targetIds(team: Team, { args }: Invocation): Promise<ReadonlySet<AgentId>> {
  const { compose, supervisor } = team
  const scope = resolveTargets(args, candidates(compose.agents, await supervisor.observe()))
  return scope ?? new Set(compose.agents.map(({ id }) => id))
}

/** @throws TeamError `usage` for one that never says what it does */
function requireActivity(team: Team, ids: ReadonlySet<AgentId>): void {
  const silent = team.compose.agents.find(({ id, kind }) => ids.has(id) && kind === 'command')
  if (silent === undefined) return
  throw new TeamError('usage', `${silent.id} is a command, which does not say what it does`, {
    hint: 'only agent CLIs can be waited for so; for a command there is --for exited',
  })
}
