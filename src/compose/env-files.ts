import { type Assignment, parseDotenv } from './dotenv.ts'
import type { EnvFile } from './file.ts'
import { type Loading, shown } from './loading.ts'
import type { KeyPath } from './problem.ts'
import { withoutBom } from './read.ts'
import { readReferenced } from './referenced.ts'
import { variableProblem } from './schema-env.ts'
import { itemPath } from './source.ts'

/** Parsed env files by path: fifty agents may name the same one, and each problem is to be told once. */
export type EnvFiles = Map<string, readonly Assignment[]>

/** What the entries of one `env_file` assign, in order; `path` is the key path of the list. */
export function readEnvFiles(
  entries: readonly EnvFile[],
  path: KeyPath,
  files: EnvFiles,
  loading: Loading,
): readonly Assignment[] {
  return entries.flatMap((entry, index) => {
    const known = files.get(entry.path)
    if (known !== undefined) return known
    const place = itemPath(loading.sources, path, index)
    const text = readReferenced(entry.path, place, loading, entry.required)
    if (text === null) return []
    const assignments = parse(text, entry.path, variableProblem, loading)
    files.set(entry.path, assignments)
    return assignments
  })
}

/** `.env`: its variables are for interpolation only, so any name will do. */
export function readDotenv(path: string, loading: Loading): ReadonlyMap<string, string> {
  const text = loading.reader.read(path)
  const values = new Map<string, string>()
  for (const { name, value } of text === null ? [] : parse(text, path, () => null, loading)) {
    if (value !== null) values.set(name, value)
  }
  return values
}

function parse(
  text: string,
  path: string,
  check: (name: string, value: string | null) => string | null,
  loading: Loading,
): readonly Assignment[] {
  const { assignments, problems } = parseDotenv(withoutBom(text))
  const file = shown(loading, path)
  const add = (line: number, message: string): void =>
    void loading.problems.push({ file, line, column: 1, path: [], message })
  for (const { line, message } of problems) add(line, message)
  return assignments.filter(({ name, value, line }) => {
    const message = value?.includes('\0')
      ? `${name} has a NUL byte, which no program can receive`
      : check(name, value)
    if (message !== null) add(line, message)
    return message === null
  })
}
