import { existsSync } from 'node:fs'
import { TeamError } from '../../errors.ts'
import type { FileLoss } from '../../model/unit.ts'
import type { ParsedUnit } from '../units/format.ts'
import { parseHeld, unreadableUnit } from '../units/held.ts'
import type { UnitStore } from '../units/store.ts'
import { inTurns } from './in-turns.ts'
import { jobFormat } from './job-file.ts'
import type { Jobs } from './jobs.ts'
import type { JobState } from './observe.ts'

export interface StrayPorts {
  readonly team: string
  readonly jobs: Jobs
  readonly units: UnitStore
  /** Where launchd finds the jobs that start at login. */
  readonly login: UnitStore
  /** Does any agent run that is none of tmux? */
  readonly hasRunning: () => boolean
}

/** A job of ours that launchd holds, and whose file is none of ours. */
export interface Stray {
  readonly name: string
  readonly state: JobState
  readonly parsed: ParsedUnit
  /** What has become of the file; null: launchd has it from elsewhere. */
  readonly loss: FileLoss | null
}

export async function findStrays(files: ReadonlySet<string>, ports: StrayPorts): Promise<readonly Stray[]> {
  const names = (await heldJobs(files, ports)).filter((name) => !files.has(name))
  const found = await inTurns(names, async (name) => {
    const state = await ports.jobs.state(name)
    const parsed = loadedAs(name, state, ports.team)
    return parsed === null ? [] : [{ name, state, parsed, loss: lossOf(name, state, ports) }]
  })
  return found.flat()
}

/** What a loaded job was started as, which launchd keeps in mind; null: nothing of this team. */
export function loadedAs(name: string, state: JobState, team: string): ParsedUnit | null {
  if (state.kind === 'unloaded') return null
  const parsed = parseHeld(state.held, team, name, jobFormat)
  if (parsed !== null) return parsed
  // Started by a version that did not say so: ours, and nothing else is known.
  return state.agentDir === null ? null : unreadableUnit(team, name, state.agentDir, jobFormat)
}

/** Where there are no files, and nothing runs, no launchd either is no news: nobody has needed it yet. */
async function heldJobs(
  files: ReadonlySet<string>,
  { team, jobs, hasRunning }: StrayPorts,
): Promise<readonly string[]> {
  try {
    return await jobs.held(team)
  } catch (error) {
    if (!(error instanceof TeamError) || files.size > 0) throw error
    const isNowhere = error.code === 'launchd-missing' || error.code === 'launchd-unreachable'
    if (isNowhere && !hasRunning()) return []
    throw error
  }
}

function lossOf(name: string, state: JobState, { units, login }: StrayPorts): FileLoss | null {
  const found = units.fileOf(name)
  if (found !== 'none' && found !== 'damaged') return found === 'ours' ? null : found
  const path = state.kind === 'loaded' ? state.path : null
  const isElsewhere = path !== null && ![units.pathOf(name), login.pathOf(name)].includes(path)
  return isElsewhere && existsSync(path) ? null : 'gone'
}
