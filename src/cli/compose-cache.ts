import { join } from 'node:path'
import { readIfExists, writeAtomic } from '../io/files.ts'
import type { AgentId } from '../model/agent.ts'
import type { Compose } from '../model/compose.ts'
import type { Fingerprint } from '../model/fingerprint.ts'
import { passedEnvironment } from '../render/environment.ts'

/**
 * The resolved compose file, kept beside the state: parsing 50 agents costs more than everything else that
 * `team ps` does. Valid as long as every file and variable that took part is what it was, byte for byte.
 */
interface CacheFile {
  /** Version of the format and of the program that wrote it. */
  readonly version: string
  readonly files: readonly string[]
  readonly inputs: readonly { readonly path: string; readonly text: string | null }[]
  readonly variables: readonly { readonly name: string; readonly value: string | null }[]
  readonly passed: Readonly<Record<string, string>>
  readonly resolved: Resolved
}

/** What a cache hit saves: reading, validating, resolving and hashing. */
export interface Resolved {
  readonly compose: Compose
  readonly fingerprints: Readonly<Record<AgentId, Fingerprint>>
}

export interface CacheKey {
  readonly version: string
  readonly stateDir: string
  /** Compose files in merge order, as discovered. */
  readonly files: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

const fileName = 'cache.json'

/** null: nothing cached, or something has changed since. */
export function readCache(key: CacheKey): Resolved | null {
  try {
    return validCache(key)
  } catch {
    return null // damaged in a way that its outer shape does not show
  }
}

function validCache(key: CacheKey): Resolved | null {
  const cached = parse(readQuietly(join(key.stateDir, fileName)))
  if (cached === null || cached.version !== key.version) return null
  if (cached.files.join('\0') !== key.files.join('\0')) return null
  if (cached.variables.some(({ name, value }) => (key.env[name] ?? null) !== value)) return null
  const globs = cached.resolved.compose.agents.flatMap((agent) => agent.passEnv)
  if (!sameEntries(passedEnvironment(key.env, globs), cached.passed)) return null
  if (cached.inputs.some(({ path, text }) => readQuietly(path) !== text)) return null
  return cached.resolved
}

/**
 * The variables that the file was last resolved with. An agent that calls `team` has only its own
 * environment: without these, everybody else's variables would look as if they had been unset.
 */
export function recordedVariables(stateDir: string): Readonly<Record<string, string>> {
  try {
    const cached = parse(readIfExists(join(stateDir, fileName)))
    const consulted = (cached?.variables ?? []).flatMap(({ name, value }) =>
      value === null ? [] : [[name, value]],
    )
    return { ...Object.fromEntries(consulted), ...cached?.passed }
  } catch {
    return {}
  }
}

/** Never fails: a cache that cannot be written is only slower. */
export function writeCache(
  key: CacheKey,
  resolved: Resolved,
  inputs: CacheFile['inputs'],
  variables: CacheFile['variables'],
): void {
  const globs = resolved.compose.agents.flatMap((agent) => agent.passEnv)
  const file: CacheFile = {
    version: key.version,
    files: key.files,
    inputs,
    variables,
    passed: passedEnvironment(key.env, globs),
    resolved,
  }
  try {
    writeAtomic(join(key.stateDir, fileName), JSON.stringify(file))
  } catch {
    // Read-only or full: commands that must write say so themselves.
  }
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function readQuietly(path: string): string | null {
  try {
    return readIfExists(path)
  } catch {
    return null
  }
}

function parse(text: string | null): CacheFile | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return isCacheFile(value) ? value : null
  } catch {
    return null
  }
}

/** The shape below `version` is the writer's own: another version is never read. */
function isCacheFile(value: unknown): value is CacheFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    'files' in value &&
    Array.isArray(value.files) &&
    'inputs' in value &&
    'variables' in value &&
    'passed' in value &&
    'resolved' in value
  )
}
