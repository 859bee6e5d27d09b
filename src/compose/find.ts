import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { TeamError } from '../errors.ts'

export interface FindInput {
  /** From `-f`, in order; `-` is standard input. Empty: look for the file. */
  readonly files: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

interface FoundFile {
  /** Absolute; `<cwd>/-` for standard input. */
  readonly path: string
  readonly stdin: boolean
}

export interface FoundFiles {
  /** In merge order; at least one. */
  readonly files: readonly FoundFile[]
  /** Override files that were looked for and are not there. */
  readonly absent: readonly string[]
  readonly warnings: readonly string[]
}

/** Beside the compose file, unless TEAM_STATE_DIR names another. */
export const stateDirName = '.team'

const names = ['team.yaml', 'team.yml'] as const
const overrideNames = ['team.override.yaml', 'team.override.yml'] as const

/**
 * Which compose files make up the team: `-f`, else TEAM_FILE (several separated by `:`), else the nearest
 * `team.yaml` or `team.yml` here or above, with the override file beside it. Throws `compose-not-found`
 * when there is nothing to find, `usage` when standard input is named twice. Files that are named are not
 * checked for existence.
 */
export function findComposeFiles(input: FindInput): FoundFiles {
  const fromEnv = filesOf(input.env.TEAM_FILE ?? '', input.cwd)
  const named = input.files.length > 0 ? input.files : fromEnv
  if (named.length === 0) return discover(input.cwd)
  if (named.filter((path) => path === '-').length > 1)
    throw new TeamError('usage', 'standard input can be read only once', { hint: 'name `-f -` once' })
  const files = named.map((path) =>
    path === '-'
      ? { path: join(input.cwd, '-'), stdin: true }
      : { path: inRealDirectory(resolve(input.cwd, path)), stdin: false },
  )
  return { files, absent: [], warnings: [] }
}

/** A team is known by its file: by whichever link its directory is reached, it is the one that `cd` leads to. */
function inRealDirectory(path: string): string {
  try {
    const dir = realpathSync.native(dirname(path))
    // The files that a process has open (`<(...)`): the next one has another such directory.
    return dir.startsWith('/proc/') ? path : join(dir, basename(path))
  } catch {
    return path // told when it is read
  }
}

/** Several are separated by `:`; a single one may have one in its name. */
function filesOf(text: string, cwd: string): readonly string[] {
  if (text.includes(':') && existsSync(resolve(cwd, text))) return [text]
  return text.split(':').filter((path) => path !== '')
}

function discover(cwd: string): FoundFiles {
  let left: string | null = null
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const [main, shadowed] = present(dir, names)
    if (main !== undefined) {
      const [override, shadowedOverride] = present(dir, overrideNames)
      const absent = overrideNames.map((name) => join(dir, name)).filter((path) => !existsSync(path))
      const files = [main, ...(override === undefined ? [] : [override])]
      return {
        files: files.map((path) => ({ path, stdin: false })),
        absent,
        warnings: [...preferred(main, shadowed), ...preferred(override, shadowedOverride)],
      }
    }
    if (existsSync(join(dir, stateDirName))) left ??= dir
    if (dir === dirname(dir)) break
  }
  throw new TeamError('compose-not-found', `no team.yaml in ${resolve(cwd)} or a directory above it`, {
    hint:
      left === null
        ? '`team init` writes one; `-f FILE` names one elsewhere'
        : `a team was started in ${left}: name its file with \`-f\`, or put it back; \`team ls\` shows both`,
  })
}

function present(dir: string, candidates: readonly string[]): readonly string[] {
  return candidates.map((name) => join(dir, name)).filter((path) => existsSync(path))
}

function preferred(used: string | undefined, shadowed: string | undefined): readonly string[] {
  return shadowed === undefined ? [] : [`${shadowed} is ignored: ${used} comes first`]
}
