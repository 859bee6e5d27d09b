import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode, TeamError } from '../../errors.ts'
import { fileRecords } from '../../io/records.ts'
import type { AgentState } from '../../model/status.ts'
import type { TeamListing } from '../../model/team-listing.ts'
import { stateOf } from '../../plan/status.ts'
import { labelFormat, parsePane } from '../../supervisor/tmux/labels.ts'
import type { TmuxReply } from '../../terminal/tmux-server.ts'
import { lsTable } from '../../view/ls.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { teamServer } from '../team.ts'

const socketPrefix = 'team-'

/** Every team of this user whose tmux server lies in the same socket directory. */
export const ls: Run = async ({ context }) => {
  const teams = (await Promise.all(socketNames(context).map((name) => listTeam(name, context)))).filter(
    (team) => team !== null,
  )
  return {
    // The others are listed all the same.
    exitCode: teams.some(({ error }) => error !== null) ? ExitCode.supervisor : ExitCode.ok,
    json: teams,
    human: () =>
      context.globals.quiet ? teams.map((team) => team.name).join('\n') : lsTable(teams, context.style),
  }
}

function socketNames({ env }: Context): readonly string[] {
  // As tmux itself: a TMUX_TMPDIR that is not there does not count.
  const base = env.TMUX_TMPDIR !== undefined && existsSync(env.TMUX_TMPDIR) ? env.TMUX_TMPDIR : '/tmp'
  const directory = join(base, `tmux-${process.getuid?.() ?? 0}`)
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(socketPrefix))
      .sort()
  } catch {
    return [] // no tmux server was ever started here
  }
}

/** null: the socket is left over from a server that has ended, or the server holds no agent. */
async function listTeam(socket: string, context: Context): Promise<TeamListing | null> {
  const name = socket.slice(socketPrefix.length)
  const reply = await ask(name, context)
  if (reply instanceof TeamError) return { name, file: null, agents: {}, error: reply.message }
  const units = reply.stdout
    .split('\n')
    .map((line) => parsePane(line, name))
    .filter((unit) => unit !== null)
  const [first] = units
  if (!reply.ok || first === undefined) return null
  const states: Partial<Record<AgentState, number>> = {}
  for (const unit of units) {
    const isDown = () => fileRecords.desired(unit.agentDir) === 'down'
    const state = stateOf(unit, fileRecords.read(unit.agentDir), isDown)
    states[state] = (states[state] ?? 0) + 1
  }
  return { name, file: first.composeFile, agents: states, error: null }
}

/** @throws TeamError `tmux-missing`, which concerns all of them */
async function ask(name: string, context: Context): Promise<TmuxReply | TeamError> {
  try {
    return await teamServer(name, context).call(['list-panes', '-a', '-F', labelFormat])
  } catch (error) {
    if (error instanceof TeamError && error.code !== 'tmux-missing') return error
    throw error
  }
}
