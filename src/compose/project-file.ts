import { dirname, join } from 'node:path'
import { loadDocument } from './document.ts'
import { readDotenv } from './env-files.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { type Loading, shown } from './loading.ts'
import { projectPlace } from './places.ts'
import { readReferenced } from './referenced.ts'
import { projectSchema } from './schema.ts'
import type { Variables } from './variables.ts'

export interface ProjectFileContext {
  readonly loading: Loading
  readonly variables: Variables
  /** Filled with the directory of each project that has a file of its own. */
  readonly projectDirs: Map<string, string>
}

/** Puts the content of their files in the place of the paths that `projects` holds. */
export function readProjectFiles(team: TeamFile, context: ProjectFileContext): TeamFile<ProjectFile> {
  if (!team.projects) return { ...team, projects: undefined }
  const projects: Record<string, ProjectFile> = {}
  for (const [name, project] of Object.entries(team.projects))
    projects[name] = (typeof project === 'string' ? readProject(name, project, context) : project) ?? {}
  return { ...team, projects }
}

function readProject(name: string, path: string, context: ProjectFileContext): ProjectFile | null {
  const { loading, projectDirs } = context
  const prefix = ['projects', name]
  const text = readReferenced(path, prefix, loading)
  if (text === null) return null
  const base = dirname(path)
  projectDirs.set(name, base)
  const variables =
    base === loading.dir
      ? context.variables
      : context.variables.withFallback(readDotenv(join(base, '.env'), loading))
  return loadDocument(
    text,
    {
      path,
      file: shown(loading, path),
      base,
      prefix,
      place: projectPlace,
      schema: projectSchema,
      variables,
      empty: 'the file is empty; a project needs "agents:"',
    },
    loading,
  )
}
