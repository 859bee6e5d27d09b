// How many tmux processes each command is; unlike a time, that is the same on every machine.
import { createCounter, verbsOf } from './shim.mjs'
import { agentScript, createTeam } from './team.mjs'

/** @returns lists of tmux commands by name of the `team` command */
export async function measureCalls({ sandbox, agents, program }) {
  const command = ['perl', agentScript('drain.pl')]
  const team = createTeam({ sandbox, name: `calls-${agents}`, agents, command, program })
  const counted = createCounter(sandbox, `calls-${agents}`)
  const calls = {}
  const count = async (name, args) => {
    calls[name] = (await counted((env) => team.team(args, env))).map(verbsOf)
  }
  await count('up, first ever', ['up'])
  await count('ps', ['ps'])
  await count('up again', ['up'])
  team.write({ revision: 1 })
  await count('ps, file just changed', ['ps'])
  await count('reload, 1 changed', ['reload'])
  await count('down', ['down'])
  await count('up', ['up'])
  await count('down --now', ['down', '--now'])
  return calls
}
