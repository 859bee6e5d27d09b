import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { readIfExists, unwritable } from '../../io/files.ts'
import { type ParsedUnit, parseUnit, unitPrefix, unitSuffix } from './unit-file.ts'

/** Unit files of one team in the user's unit directory. Files without the team's labels are never touched. */
export interface UnitStore {
  readonly directory: string
  /** Every unit that carries the team's labels, by unit name. */
  list(): ReadonlyMap<string, ParsedUnit>
  /** False: it already said so. @throws TeamError `state-unwritable` */
  write(name: string, text: string): boolean
  remove(name: string): void
  /** Is it started with the user's manager? */
  isEnabled(name: string): boolean
}

export function createUnitStore(directory: string, team: string): UnitStore {
  const read = (name: string): ParsedUnit | null => {
    const text = readIfExists(join(directory, name))
    return text === null ? null : parseUnit(text, team)
  }
  return {
    directory,
    list() {
      const found = unitNames(directory, team).map((name) => [name, read(name)] as const)
      return new Map(found.flatMap(([name, unit]) => (unit === null ? [] : [[name, unit] as const])))
    },
    write(name, text) {
      const path = join(directory, name)
      if (readIfExists(path) === text) return false
      try {
        mkdirSync(directory, { recursive: true })
        // Readable by everybody, as units are: it holds no secret.
        writeFileSync(path, text, { mode: 0o644 })
      } catch (error) {
        throw unwritable(path, error)
      }
      return true
    },
    remove(name) {
      if (read(name) !== null) rmSync(join(directory, name), { force: true })
    },
    isEnabled: (name) => isLink(join(directory, 'default.target.wants', name)),
  }
}

function isLink(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** Names of files that may be units of the team. */
export function unitNames(directory: string, team: string): readonly string[] {
  const prefix = unitPrefix(team)
  return namesIn(directory).filter((name) => name.startsWith(prefix) && name.endsWith(unitSuffix))
}

/** Teams that may have units there. */
export function teamsWithUnits(directory: string): readonly string[] {
  const found = namesIn(directory).map((name) => /^team-([^.]+)\.[^.]+\.[^.]+\.service$/.exec(name)?.[1])
  return [...new Set(found.filter((name) => name !== undefined))].sort()
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return []
    throw error
  }
}

/** Where the user manager looks for units that the user wrote. */
export function unitDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? '/', '.config'), 'systemd', 'user')
}
