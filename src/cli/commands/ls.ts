import { readdirSync } from 'node:fs'
import { ExitCode, TeamError } from '../../errors.ts'
import { fileRecords } from '../../io/records.ts'
import { type AgentState, agentStates } from '../../model/status.ts'
import type { Supervisor } from '../../model/supervisor.ts'
import type { TeamListing } from '../../model/team-listing.ts'
import type { Observation } from '../../model/unit.ts'
import { stateOf, unheldPid } from '../../plan/status.ts'
import { jobDirectory, jobFormat } from '../../supervisor/launchd/job-file.ts'
import { livingOn } from '../../supervisor/lives-on.ts'
import { serviceFormat, unitDirectory } from '../../supervisor/systemd/unit-file.ts'
import { labelFormat, parsePane } from '../../supervisor/tmux/labels.ts'
import { teamsWithUnits } from '../../supervisor/units/store.ts'
import type { TmuxReply } from '../../terminal/tmux-server.ts'
import { lsTable } from '../../view/ls.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { liveNames, tmuxSocketDirectory } from '../supervisors.ts'
import { readTemplate, teamServer } from '../team.ts'

const socketPrefix = 'team-'

/** Every team of this user: those whose tmux server lies in the same socket directory, and those with units. */
export const ls: Run = async ({ context }) => {
  const found = await Promise.all(socketNames(context).map((name) => listTeam(name, context)))
  const onTmux = found.filter((team) => team !== null)
  const teams = merged([...onTmux, ...(await systemdTeams(context)), ...(await launchdTeams(context))])
  return {
    // The others are listed all the same.
    exitCode: teams.some(({ error }) => error !== null) ? ExitCode.supervisor : ExitCode.ok,
    json: teams,
    human: () =>
      context.globals.quiet ? teams.map((team) => team.name).join('\n') : lsTable(teams, context.style),
  }
}

async function systemdTeams(context: Context): Promise<readonly TeamListing[]> {
  const names = teamsWithUnits(unitDirectory(context.env), serviceFormat, liveNames(context.env))
  if (names.length === 0) return []
  const { systemdSupervisor } = await import('../systemd.ts')
  const supervisorOf = (name: string) => systemdSupervisor(name, '', context, readTemplate, () => undefined)
  return listings(names, supervisorOf, context)
}

async function launchdTeams(context: Context): Promise<readonly TeamListing[]> {
  const names = teamsWithUnits(jobDirectory(context.env), jobFormat)
  if (names.length === 0) return []
  const { launchdSupervisor } = await import('../launchd.ts')
  return listings(names, (name) => launchdSupervisor(name, '', context, readTemplate), context)
}

/** The supervisors only observe: nothing of that needs a state directory. */
async function listings(
  names: readonly string[],
  supervisorOf: (name: string) => Supervisor,
  context: Context,
): Promise<readonly TeamListing[]> {
  const teams = names.map(async (name) => {
    try {
      return await listing(name, await supervisorOf(name).observe(), context)
    } catch (error) {
      if (error instanceof TeamError) return { name, file: null, agents: {}, error: error.message }
      throw error
    }
  })
  return (await Promise.all(teams)).filter((team) => team !== null)
}

/** A team that is being moved has agents in several supervisors. */
function merged(found: readonly TeamListing[]): readonly TeamListing[] {
  const teams = new Map<string, TeamListing>()
  for (const team of found) {
    const key = JSON.stringify([team.name, team.file, team.error])
    const before = teams.get(key)
    teams.set(key, before === undefined ? team : { ...team, agents: sum(before.agents, team.agents) })
  }
  return [...teams.values()]
}

function sum(one: TeamListing['agents'], other: TeamListing['agents']): TeamListing['agents'] {
  const states = agentStates.filter((state) => (one[state] ?? other[state]) !== undefined)
  return Object.fromEntries(states.map((state) => [state, (one[state] ?? 0) + (other[state] ?? 0)]))
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
  const [failure] = reply.errors.filter((line) => !line.startsWith('no current'))
  if (!reply.ok && reply.serverRunning && (failure !== undefined || reply.errors.length === 0))
    return { name, file: null, agents: {}, error: `tmux failed: ${failure ?? 'no message'}` }
  const units = reply.stdout
    .split('\n')
    .map((line) => parsePane(line, name))
    .filter((unit) => unit !== null)
  return reply.ok ? listing(name, units, context) : null
}

async function listing(
  name: string,
  units: readonly Observation[],
  { processes }: Context,
): Promise<TeamListing | null> {
  const [first] = units
  if (first === undefined) return null
  const unheld = units.flatMap((unit) => {
    const pid = unheldPid(unit, () => fileRecords.read(unit.agentDir))
    return pid === null ? [] : [{ id: unit.id, pid, marker: unit.marker }]
  })
  const livesOn = await livingOn(unheld, processes)
  const states: Partial<Record<AgentState, number>> = {}
  for (const unit of units) {
    const isDown = () => fileRecords.desired(unit.agentDir) === 'down'
    const record = fileRecords.read(unit.agentDir)
    const state = livesOn.has(unit.id) ? 'running' : stateOf(unit, record, isDown)
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
