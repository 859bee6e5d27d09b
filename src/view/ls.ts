import { agentStates } from '../model/status.ts'
import type { TeamListing } from '../model/team-listing.ts'
import { safeText } from './human.ts'
import { statePaint } from './ps.ts'
import type { Style } from './style.ts'
import { wrappedTable } from './wrapped-table.ts'

/** The table of `team ls`. Paths stay whole, so that they can be copied. */
export function lsTable(teams: readonly TeamListing[], style: Style): string {
  if (teams.length === 0) return 'No teams are running. Start one beside its team.yaml with: team up'
  const rows = teams.map((team) => [
    safeText(team.name),
    statusText(team, style),
    team.file === null ? '-' : safeText(team.file),
  ])
  const titles = ['NAME', 'STATUS', 'FILE'].map((title) => style.bold(title))
  return wrappedTable([titles, ...rows], { widths: [null, null], screen: null }).join('\n')
}

/** `running(3), exited(1)`. */
function statusText(team: TeamListing, style: Style): string {
  if (team.error !== null) return style.warn(`unknown: ${safeText(team.error)}`)
  const counts = agentStates.flatMap((state) => {
    const count = team.agents[state] ?? 0
    return count === 0 ? [] : [statePaint(state, style)(`${state}(${count})`)]
  })
  return counts.length === 0 ? 'no agents' : counts.join(', ')
}
