import { ExitCode } from '../../errors.ts'
import type { Run } from '../command.ts'
import { resolveCompose } from '../team.ts'

/** Names from the file alone: completion must be quick, and work while nothing runs. */
export const complete: Run = async ({ context, args }) => {
  const { compose } = await resolveCompose(context)
  const ids = compose.agents.map((agent) => agent.id)
  const projects = new Set(compose.agents.map((agent) => agent.project))
  const roles = new Set(
    compose.agents.flatMap((agent) => (agent.role === null ? [] : [`role=${agent.role}`])),
  )
  const names = args[0] === 'targets' ? [...projects, ...ids, ...roles] : ids
  return { exitCode: ExitCode.ok, json: names, human: () => names.join('\n') }
}
