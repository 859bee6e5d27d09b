import { basename } from 'node:path'
import type { AgentSpec } from '../model/agent.ts'
import { nameMaxLength, namePattern } from '../model/names.ts'
import { type EnvContext, layerEnv } from './environment.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { addMergedProblem, isBroken, type Loading } from './loading.ts'
import type { KeyPath } from './problem.ts'
import { resolveAgent } from './resolve-agent.ts'
import { resolveVariants, type Variant } from './variants.ts'

/** The merged team and what its agents are resolved with. */
export interface TeamContext extends EnvContext {
  readonly file: TeamFile<ProjectFile>
  readonly variants: ReadonlyMap<string, Variant | null>
  /** Variables of the top level. */
  readonly env: Readonly<Record<string, string>>
}

export interface ResolveInput extends EnvContext {
  /** Directories of the projects that have a file of their own, by project. */
  readonly projectDirs: ReadonlyMap<string, string>
}

/** Every agent of the merged team, in the order of the file. Problems are gathered. */
export function resolveAgents(file: TeamFile<ProjectFile>, input: ResolveInput): readonly AgentSpec[] {
  const { loading } = input
  const projects = file.projects ?? {}
  if (!file.projects && !isBroken(loading, ['projects']))
    addMergedProblem(loading, [], 'value', 'declares no agents: "projects" is missing')
  checkNames(Object.keys(file.runtimes ?? {}), ['runtimes'], loading)
  checkNames(Object.keys(projects), ['projects'], loading)
  const env = layerEnv({}, file, [], input)
  const variants = resolveVariants(file.runtimes ?? {}, loading)
  const team: TeamContext = { ...input, file, variants, env }
  return Object.entries(projects).flatMap(([projectName, project]) => {
    const agents = project.agents ?? {}
    checkNames(Object.keys(agents), ['projects', projectName, 'agents'], loading)
    const projectDir = input.projectDirs.get(projectName) ?? loading.dir
    return Object.entries(agents).flatMap(([name, agent]) => {
      const spec = resolveAgent({ team, projectName, project, projectDir, name, agent: agent ?? {} })
      return spec === null ? [] : [spec]
    })
  })
}

function checkNames(names: readonly string[], path: KeyPath, loading: Loading): void {
  for (const name of names) {
    const message = nameProblem(name)
    if (message !== null) addMergedProblem(loading, [...path, name], 'key', message)
  }
}

function nameProblem(name: string): string | null {
  if (name.length > nameMaxLength)
    return `the name is ${name.length} characters long; it can have at most ${nameMaxLength}`
  if (namePattern.test(name)) return null
  return `bad name "${name}"; use a-z, 0-9, "_" and "-", beginning with a letter or digit`
}

/** The team's name: what the file says, as it says it, else that of the directory, made to fit. */
export function resolveName(name: string | undefined, loading: Loading): string {
  if (name !== undefined) {
    const message = nameProblem(name)
    if (message !== null) addMergedProblem(loading, ['name'], 'value', message)
    return name
  }
  const fitted = basename(loading.dir)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, nameMaxLength)
  if (fitted === '' && !isBroken(loading, ['name']))
    addMergedProblem(loading, [], 'value', `the directory ${loading.dir} gives the team no name; set "name:"`)
  return fitted
}
