import { displayPath, formatProblem, type KeyPath, type Problem } from './problem.ts'
import type { Reader } from './read.ts'
import { type At, ownerOf, position, type Source } from './source.ts'
import type { ParseTree } from './tree.ts'

/** What one load gathers while it works: files seen, problems, warnings. Lives as long as the load. */
export interface Loading {
  readonly cwd: string
  /** Directory of the compose file. */
  readonly dir: string
  readonly reader: Reader
  readonly parse: ParseTree
  readonly sources: Source[]
  readonly problems: Problem[]
  readonly warnings: string[]
  /** Key paths that hold a problem: nothing that follows from it is worth reporting. */
  readonly broken: Set<string>
  /** Variables without a value that have been warned of. */
  readonly unset: Set<string>
}

export function createLoading(given: Pick<Loading, 'cwd' | 'dir' | 'reader' | 'parse'>): Loading {
  return {
    ...given,
    sources: [],
    problems: [],
    warnings: [],
    broken: new Set(),
    unset: new Set(),
  }
}

/** A problem in one file. `source.prefix` is part of `path`. */
export function addProblem(loading: Loading, source: Source, path: KeyPath, at: At, message: string): void {
  loading.broken.add(pathKey(path))
  loading.problems.push({ file: source.file, ...position(source, path, at), path, message })
}

/** A problem of what the files add up to, shown where the value comes from. */
export function addMergedProblem(loading: Loading, path: KeyPath, at: At, message: string): void {
  const source = ownerOf(loading.sources, path)
  if (source !== null) addProblem(loading, source, path, at, message)
}

/** Whether the value at `path`, or part of it, holds a problem. */
export function isBroken(loading: Loading, path: KeyPath): boolean {
  const key = pathKey(path)
  return [...loading.broken].some((other) => other === key || other.startsWith(`${key}\0`))
}

/** Once for each variable, however often it stands in the files. */
export function warnUnset(loading: Loading, source: Source, path: KeyPath, name: string): void {
  if (loading.unset.has(name)) return
  loading.unset.add(name)
  // From the team's directory, not the caller's: a result that is kept is shown elsewhere too.
  const file = displayPath(source.path, loading.dir)
  const place = { file, ...position(source, path, 'value'), path }
  const message = `the variable ${name} is not set and reads as an empty text; \${${name}:-} says that this is meant`
  loading.warnings.push(formatProblem({ ...place, message }))
}

export function shown(loading: Loading, path: string): string {
  return displayPath(path, loading.cwd)
}

function pathKey(path: KeyPath): string {
  return path.join('\0')
}
