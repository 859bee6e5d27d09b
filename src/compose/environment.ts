import type { Assignment } from './dotenv.ts'
import { type EnvFiles, readEnvFiles } from './env-files.ts'
import type { EnvFile, EnvMap } from './file.ts'
import type { Loading } from './loading.ts'
import type { KeyPath } from './problem.ts'
import type { Variables } from './variables.ts'

/** Where one level of the file may give variables: its env files, then its `env`. */
export interface EnvLevel {
  readonly env_file?: readonly EnvFile[] | null | undefined
  readonly env?: EnvMap | null | undefined
}

export interface EnvContext {
  readonly files: EnvFiles
  readonly variables: Variables
  readonly loading: Loading
}

/** Puts one level over the variables so far; `path` is the key path of the level. */
export function layerEnv(
  below: Readonly<Record<string, string>>,
  level: EnvLevel | null | undefined,
  path: KeyPath,
  context: EnvContext,
): Readonly<Record<string, string>> {
  const entries = level?.env_file ?? []
  const own = Object.entries(level?.env ?? {})
  if (entries.length === 0 && own.length === 0) return below
  const layered = { ...below }
  for (const { name, value } of readEnvFiles(entries, [...path, 'env_file'], context.files, context.loading))
    assign(layered, name, value, context.variables)
  for (const [name, value] of own) assign(layered, name, value, context.variables)
  return layered
}

/** A name without a value is taken from the calling environment; where it is not set either, nobody sets it. */
function assign(
  env: Record<string, string>,
  name: Assignment['name'],
  value: Assignment['value'],
  variables: Variables,
): void {
  const actual = value ?? variables.get(name)
  if (actual === undefined) delete env[name]
  else env[name] = actual
}
