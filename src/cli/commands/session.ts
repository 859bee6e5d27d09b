import { ExitCode, TeamError } from '../../errors.ts'
import { readSessions } from '../../io/session-store.ts'
import { readTaskSessions, rememberTaskSession } from '../../io/task-sessions.ts'
import type { AgentSpec } from '../../model/agent.ts'
import { resolveOne, resolveTargets } from '../../plan/targets.ts'
import { agentDirectory } from '../../render/launch.ts'
import { runtimeOf } from '../../runtimes/registry.ts'
import { factLines } from '../../view/tasks.ts'
import { candidates } from '../candidates.ts'
import type { CommandResult, Invocation, Run } from '../command.ts'
import { jobPorts } from '../jobs/ports.ts'
import { liveSession } from '../sessions.ts'
import { resolveCompose } from '../team.ts'

export const sessionLs: Run = async ({ context, args }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const scope = resolveTargets(args, candidates(compose.agents, []))
  const held = readSessions(stateDir)
  const tasks = readTaskSessions(stateDir)
  const json = compose.agents
    .filter(({ id }) => scope === null || scope.has(id))
    .map(({ id, project, agent, runtime }) => {
      const entry = held[id]
      const live = entry === undefined ? null : liveSession(agentDirectory(stateDir, project, agent), entry)
      return { id, runtime, sessionId: live ?? entry?.id ?? null, taskSessionId: tasks[id]?.id ?? null }
    })
  return {
    exitCode: ExitCode.ok,
    json,
    human: () => json.map((row) => factLines(row, context.style)).join('\n\n'),
  }
}

export const sessionReset: Run = (invocation) => change(invocation, () => null)

export const sessionAdopt: Run = (invocation) =>
  change(invocation, ({ id: agent, kind, runtime }) => {
    const session = invocation.args[1] ?? ''
    if (runtimeOf(kind).headless === null) {
      throw new TeamError('job-refused', `${agent} runs ${runtime}, which has no sessions`, {
        hint: 'team session ls',
      })
    }
    // It becomes a word of a command line, where a dash in front would make it an option.
    if (!/^\w[\w-]{0,127}$/.test(session)) {
      throw new TeamError('usage', `"${session}" is no id of a session`, {
        hint: 'letters, digits, "_" and "-"',
      })
    }
    return session
  })

async function change(
  { context, args }: Invocation,
  choose: (agent: AgentSpec) => string | null,
): Promise<CommandResult> {
  const { compose, stateDir } = await resolveCompose(context)
  const id = resolveOne(args[0] ?? '', candidates(compose.agents, []))
  const spec = compose.agents.find((agent) => agent.id === id)
  if (spec === undefined) throw new TeamError('internal', `${id} was not resolved`)
  const session = choose(spec)
  const ports = jobPorts(stateDir, 'tasks', context)
  const entry = session === null ? null : { runtime: spec.kind, id: session }
  await ports.locked(() => rememberTaskSession(stateDir, id, entry))
  return {
    exitCode: ExitCode.ok,
    json: { id, taskSessionId: session },
    human: () => (session === null ? `${id}: the next task begins a new session` : `${id}: ${session}`),
  }
}
