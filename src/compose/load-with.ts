import { dirname, join } from 'node:path'
import { TeamError } from '../errors.ts'
import type { Compose } from '../model/compose.ts'
import { loadDocument } from './document.ts'
import { readDotenv } from './env-files.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { type FoundFiles, findComposeFiles } from './find.ts'
import { checkGrants } from './grants.ts'
import { hide } from './hidden.ts'
import { refuseLimits } from './limits.ts'
import { addMergedProblem, createLoading, type Loading, shown } from './loading.ts'
import { mergeTeam } from './merge.ts'
import { teamPlace } from './places.ts'
import { supervisorConfig } from './policies.ts'
import { invalidCompose } from './problem.ts'
import { type ProjectFileContext, readProjectFiles } from './project-file.ts'
import { createReader, type Input } from './read.ts'
import { readReferenced } from './referenced.ts'
import { resolveAgents, resolveName } from './resolve.ts'
import { teamSchema } from './schema.ts'
import { taskSettings } from './task-settings.ts'
import type { ParseTree } from './tree.ts'
import { type ConsultedVariable, createVariables } from './variables.ts'

export interface LoadInput {
  /** From `-f`; may hold `-`. Empty: look for the file. */
  readonly files: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readStdin: () => string
}

export interface LoadedCompose {
  readonly compose: Compose
  /** Every file that was looked at, those that are missing included. */
  readonly inputs: readonly Input[]
  /** Every variable of the calling environment that was asked for. */
  readonly variables: readonly ConsultedVariable[]
}

/**
 * The whole way from the files to the team, with `parse` for the YAML. The result depends on nothing but `found`, `inputs` and
 * `variables`. Throws `compose-not-found`, `compose-unreadable`, or `compose-invalid` with all problems of all
 * files as details.
 */
export function loadComposeWith(
  parse: ParseTree,
  input: LoadInput,
  found: FoundFiles = findComposeFiles(input),
): LoadedCompose {
  const dir = dirname(found.files[0]?.path ?? join(input.cwd, '-'))
  const loading = createLoading({ cwd: input.cwd, dir, parse, reader: createReader() })
  const texts = readComposeFiles(found, input.readStdin, loading)
  const variables = createVariables(input.env).withFallback(readDotenv(join(dir, '.env'), loading))
  const context: LoadContext = { loading, variables, projectDirs: new Map(), found }
  const files = texts.map((text) => parseComposeFile(text, context))
  const team = mergeFiles(files, context)
  const compose = resolveCompose(team, context)
  throwProblems(context)
  return { compose, inputs: loading.reader.seen(), variables: variables.consulted() }
}

interface LoadContext extends ProjectFileContext {
  readonly found: FoundFiles
}

interface ComposeText {
  readonly path: string
  /** As shown to people. */
  readonly file: string
  readonly text: string
}

function readComposeFiles(
  found: FoundFiles,
  readStdin: () => string,
  loading: Loading,
): readonly ComposeText[] {
  for (const path of found.absent) loading.reader.note(path, null)
  return found.files.map(({ path, stdin }) => {
    if (stdin) {
      const text = readStdin()
      loading.reader.note(path, text)
      return { path, file: '<stdin>', text }
    }
    const text = loading.reader.read(path)
    if (text !== null) return { path, file: shown(loading, path), text }
    throw new TeamError('compose-not-found', `no such compose file: ${path}`, {
      hint: 'check -f and TEAM_FILE; `team init` writes a starter file',
    })
  })
}

function parseComposeFile({ path, file, text }: ComposeText, context: LoadContext): TeamFile | null {
  return loadDocument(
    text,
    {
      path,
      file,
      base: context.loading.dir,
      prefix: [],
      place: teamPlace,
      schema: teamSchema,
      variables: context.variables,
      empty: 'the file is empty; a team needs "projects:"',
    },
    context.loading,
  )
}

function mergeFiles(files: readonly (TeamFile | null)[], context: LoadContext): TeamFile<ProjectFile> {
  const complete = files.filter((file) => file !== null)
  const teams = complete.map((file) => readProjectFiles(file, context))
  // Without one of the files nobody can say whether what the others refer to is there.
  if (complete.length < files.length) throwProblems(context)
  return teams.reduce((below, above) => mergeTeam(below, above))
}

function resolveCompose(team: TeamFile<ProjectFile>, context: LoadContext): Compose {
  const { loading, variables, projectDirs, found } = context
  const { dir } = loading
  const files = found.files.map(({ path }) => path)
  const name = resolveName(team.name, loading)
  const agents = resolveAgents(team, { loading, variables, projectDirs, files: new Map() })
  checkGrants(team, agents, loading)
  const supervisor = supervisorConfig(team.supervisor)
  for (const type of ['systemd', 'launchd'] as const) {
    if (supervisor.type !== type && team.supervisor?.[type] !== undefined)
      addMergedProblem(loading, ['supervisor', type], 'key', `is for \`type: ${type}\` only`)
  }
  if (supervisor.type !== 'systemd') refuseLimits(supervisor.type, team, loading)
  if (supervisor.tmux.config !== null)
    readReferenced(supervisor.tmux.config, ['supervisor', 'tmux', 'config'], loading)
  return {
    name,
    file: files[0] ?? join(dir, '-'),
    files,
    dir,
    supervisor,
    tasks: taskSettings(team.tasks, loading),
    agents,
    warnings: [...found.warnings, ...loading.warnings],
    interpolated: variables.secrets(),
  }
}

function throwProblems({ loading, variables }: LoadContext): void {
  if (loading.problems.length === 0) return
  // A message may quote what is wrong, and that may be what a variable holds.
  const secrets = variables.secrets()
  throw invalidCompose(
    loading.problems.map((problem) => ({ ...problem, message: hide(problem.message, secrets) })),
  )
}
