import { accessSync, constants, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { makeDirectories, readIfExists, unwritable, writeAtomic } from '../../io/files.ts'
import { type ParsedUnit, type UnitFormat, unitPrefix } from './format.ts'

/**
 * What lies where a unit's file would: nothing; one of ours; one of ours that was cut short; another one; or a link to
 * nowhere, by which users forbid a unit of systemd.
 */
type FoundFile = 'none' | 'ours' | 'damaged' | 'foreign' | 'masked'

/** Unit files of one team in one directory. Files without the team's labels are never touched. */
export interface UnitStore {
  readonly directory: string
  /** Every unit that carries the team's labels, by unit name. */
  list(): ReadonlyMap<string, ParsedUnit>
  /** Absolute. */
  pathOf(name: string): string
  fileOf(name: string): FoundFile
  /** @throws TeamError `state-unwritable` */
  expectWritable(): void
  /** False: it already said so. What is there is replaced. @throws TeamError `state-unwritable` */
  write(name: string, text: string): boolean
  /** Unless it is none of ours. */
  remove(name: string): void
}

/** The first words of every template. */
const firstWords = 'Written by team,'

const hint = 'make it writable: the units of the agents are kept in this directory'

export function createUnitStore(directory: string, team: string, format: UnitFormat): UnitStore {
  const pathOf = (name: string) => join(directory, `${name}${format.extension}`)
  const read = (name: string): ParsedUnit | null => {
    const text = readIfExists(pathOf(name))
    return text === null ? null : format.parse(text, team)
  }
  const fileOf = (name: string): FoundFile => {
    if (isMask(pathOf(name))) return 'masked'
    const text = readIfExists(pathOf(name))
    if (text === null) return 'none'
    const parsed = format.parse(text, team)
    if (parsed !== null) return parsed.readable ? 'ours' : 'damaged'
    const isCut = text === '' || (text.slice(0, 400).includes(firstWords) && !format.isWhole(text))
    return isCut ? 'damaged' : 'foreign'
  }
  return {
    directory,
    pathOf,
    fileOf,
    list() {
      const found = unitNames(directory, team, format).map((name) => [name, read(name)] as const)
      return new Map(found.flatMap(([name, unit]) => (unit === null ? [] : [[name, unit] as const])))
    },
    expectWritable() {
      try {
        makeDirectories(directory)
        accessSync(directory, constants.W_OK | constants.X_OK)
      } catch (error) {
        throw unwritable(directory, error, hint)
      }
    },
    write(name, text) {
      const path = pathOf(name)
      if (readIfExists(path) === text) return false
      try {
        makeDirectories(directory)
        // Whole or not at all: a part of one has no labels, and would be nobody's.
        writeAtomic(path, text, { sync: false, mode: format.mode })
      } catch (error) {
        throw unwritable(path, error, hint)
      }
      return true
    },
    remove(name) {
      const found = fileOf(name)
      if (found === 'ours' || found === 'damaged') rmSync(pathOf(name), { force: true })
    },
  }
}

function isMask(path: string): boolean {
  try {
    return readlinkSync(path) === '/dev/null'
  } catch {
    return false // no link, or nothing at all
  }
}

/** Names of what may be units of the team. */
export function unitNames(directory: string, team: string, format: UnitFormat): readonly string[] {
  return allNames(directory, format).filter((name) => name.startsWith(unitPrefix(team, format)))
}

/** Teams that may have units there, or among those that are `live`. */
export function teamsWithUnits(
  directory: string,
  format: UnitFormat,
  live: readonly string[] = [],
): readonly string[] {
  const { prefix, suffix } = format
  const running = live.filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
  const teams = [...allNames(directory, format), ...running].map((name) => {
    const parts = name.slice(prefix.length, name.length - suffix.length).split('.')
    return parts.length === 3 ? parts[0] : undefined
  })
  return [...new Set(teams.flatMap((team) => team || []))].sort()
}

function allNames(directory: string, { prefix, suffix, extension }: UnitFormat): readonly string[] {
  return namesIn(directory)
    .filter((file) => file.startsWith(prefix) && file.endsWith(`${suffix}${extension}`))
    .map((file) => file.slice(0, file.length - extension.length))
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return []
    throw error
  }
}
