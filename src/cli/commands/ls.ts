import { readdirSync } from 'node:fs'
import { ExitCode } from '../../errors.ts'
import { fileRecords } from '../../io/records.ts'
import type { AgentState } from '../../model/status.ts'
import type { TeamListing } from '../../model/team-listing.ts'
import { stateOf } from '../../plan/status.ts'
import { labelFormat, parsePane } from '../../supervisor/tmux/labels.ts'
import { lsTable } from '../../view/ls.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { tmuxSocketDirectory } from '../supervisors.ts'
import { teamServer } from '../team.ts'

const socketPrefix = 'team-'

/** Every team of this user whose tmux server lies in the same socket directory. */
export const ls: Run = async ({ context }) => {
  const teams = (await Promise.all(socketNames(context).map((name) => listTeam(name, context)))).filter(
    (team) => team !== null,
  )
  return {
    exitCode: ExitCode.ok,
    json: teams,
    human: () =>
      context.globals.quiet ? teams.map((team) => team.name).join('\n') : lsTable(teams, context.style),
  }
}

function socketNames({ env }: Context): readonly string[] {
  try {
    return readdirSync(tmuxSocketDirectory(env))
      .filter((name) => name.startsWith(socketPrefix))
      .sort()
  } catch {
    return [] // no tmux server was ever started here
  }
}

/** null: the socket is left over from a server that has ended, or the server holds no agent. */
async function listTeam(socket: string, context: Context): Promise<TeamListing | null> {
  const name = socket.slice(socketPrefix.length)
  const reply = await teamServer(name, context).call(['list-panes', '-a', '-F', labelFormat])
  const units = reply.stdout
    .split('\n')
    .map((line) => parsePane(line, name))
    .filter((unit) => unit !== null)
  const [first] = units
  if (!reply.ok || first === undefined) return null
  const states: Partial<Record<AgentState, number>> = {}
  for (const unit of units) {
    const state = stateOf(unit, fileRecords.read(unit.agentDir), () => false)
    states[state] = (states[state] ?? 0) + 1
  }
  return { name, file: first.composeFile, agents: states }
}
