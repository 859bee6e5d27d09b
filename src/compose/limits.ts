import { type Limits, limitNames } from '../model/limits.ts'
import type { LimitsFile, ProjectFile, TeamFile } from './file.ts'
import { addMergedProblem, type Loading } from './loading.ts'
import { mergeKeys } from './merge.ts'
import type { KeyPath } from './problem.ts'

/** defaults < project < agent; null: none at all. */
export function resolveLimits(levels: readonly (LimitsFile | null | undefined)[]): Limits | null {
  const merged = levels.reduce((below, above) => mergeKeys(below ?? undefined, above))
  const { memory, cpu, tasks } = merged ?? {}
  const limits = {
    ...(memory === undefined ? {} : { memory }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(tasks === undefined ? {} : { tasks }),
  }
  return Object.keys(limits).length === 0 ? null : limits
}

const whyNot = {
  tmux: 'tmux limits nothing; write `supervisor: systemd`',
  launchd: 'launchd has no limit for all processes of a job',
} as const

/** Limits are refused by name where nothing would keep them. */
export function refuseLimits(type: keyof typeof whyNot, team: TeamFile<ProjectFile>, loading: Loading): void {
  const check = (limits: LimitsFile | null | undefined, path: KeyPath): void => {
    for (const name of limitNames) {
      if (limits?.[name] !== undefined)
        addMergedProblem(loading, [...path, 'limits', name], 'key', whyNot[type])
    }
  }
  check(team.defaults?.limits, ['defaults'])
  for (const [name, project] of Object.entries(team.projects ?? {})) {
    check(project.defaults?.limits, ['projects', name, 'defaults'])
    for (const [agent, keys] of Object.entries(project.agents ?? {}))
      check(keys?.limits, ['projects', name, 'agents', agent])
  }
}
