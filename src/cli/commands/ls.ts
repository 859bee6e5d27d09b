import { readdirSync } from 'node:fs'
import { ExitCode, TeamError } from '../../errors.ts'
import { fileRecords } from '../../io/records.ts'
import type { AgentState } from '../../model/status.ts'
import type { TeamListing } from '../../model/team-listing.ts'
import type { Observation } from '../../model/unit.ts'
import { stateOf } from '../../plan/status.ts'
import { teamsWithUnits, unitDirectory } from '../../supervisor/systemd/unit-store.ts'
import { labelFormat, parsePane } from '../../supervisor/tmux/labels.ts'
import type { TmuxReply } from '../../terminal/tmux-server.ts'
import { lsTable } from '../../view/ls.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { tmuxSocketDirectory } from '../supervisors.ts'
import { readTemplate, teamServer } from '../team.ts'

const socketPrefix = 'team-'

/** Every team of this user: those whose tmux server lies in the same socket directory, and those with units. */
export const ls: Run = async ({ context }) => {
  const found = await Promise.all(socketNames(context).map((name) => listTeam(name, context)))
  const onTmux = found.filter((team) => team !== null)
  const teams = [...onTmux, ...(await systemdTeams(context))]
  return {
    // The others are listed all the same.
    exitCode: teams.some(({ error }) => error !== null) ? ExitCode.supervisor : ExitCode.ok,
    json: teams,
    human: () =>
      context.globals.quiet ? teams.map((team) => team.name).join('\n') : lsTable(teams, context.style),
  }
}

async function systemdTeams(context: Context): Promise<readonly TeamListing[]> {
  const names = teamsWithUnits(unitDirectory(context.env))
  if (names.length === 0) return []
  const { systemdSupervisor } = await import('../systemd.ts')
  return Promise.all(
    names.map(async (name) => {
      // Only observed: nothing of it needs a state directory.
      const units = await systemdSupervisor(name, '', context, readTemplate, () => undefined).observe()
      return listing(name, units)
    }),
  ).then((teams) => teams.filter((team) => team !== null))
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
  const reply = await ask(name, context)
  if (reply instanceof TeamError) return { name, file: null, agents: {}, error: reply.message }
  const units = reply.stdout
    .split('\n')
    .map((line) => parsePane(line, name))
    .filter((unit) => unit !== null)
  return reply.ok ? listing(name, units) : null
}

function listing(name: string, units: readonly Observation[]): TeamListing | null {
  const [first] = units
  if (first === undefined) return null
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
