import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { systemErrorCode, TeamError } from '../errors.ts'
import {
  type Job,
  type JobChild,
  type JobEnd,
  type JobIdentity,
  type JobLaunch,
  type JobRecord,
  jobVersion,
  summaryOf,
} from '../model/job.ts'
import { isRecord } from '../model/json.ts'
import { linkOnce, makePrivateDirectory, readIfExists, unwritable, writeAtomic } from './files.ts'
import { createJobIndex, type JobIndex } from './job-index.ts'
import { parseChild, parseEnd, parseIdentity, parseLaunch, parseRecord } from './job-parse.ts'

/**
 * One directory for each job. Every file in it is written once (the last one by link(2), which fails when there is
 * one): nothing is read, changed and written back, so that nothing can be lost between two writers.
 */
export interface JobStore {
  /** `<stateDir>/tasks` or `<stateDir>/processes`. */
  readonly dir: string
  directory(id: string): string
  /** Writes it down as queued. @throws TeamError `state-unwritable` */
  create(record: JobRecord, launch: JobLaunch, prompt: string | null): void
  /** null: there is none, or it is damaged. @throws TeamError `record-version` */
  read(id: string): Job | null
  /** Is there a record of that id, whatever it holds? */
  has(id: string): boolean
  /** Also when it was removed. */
  hasEnded(id: string): boolean
  /** Newest first; also those that are damaged, and, unlike them, names that are no `isJobId`. */
  names(): readonly string[]
  /** Those that may not have ended yet, oldest first. */
  active(): readonly ActiveJob[]
  prompt(id: string): string | null
  launch(id: string): JobLaunch | null
  writeHost(id: string, host: JobIdentity): void
  writeChild(id: string, child: JobChild): void
  /** The first end that is written is the one that counts; false: there was one. */
  writeEnd(id: string, end: JobEnd): boolean
  /** How it has ended, should that not get written down: for as long as this process lives. */
  assumeEnd(id: string, end: JobEnd): void
  requestCancel(id: string, graceMs: number): void
  /** ms of grace that whoever cancels has asked for; null: nobody has. */
  cancelRequest(id: string): number | null
  remove(id: string): void
  /** What lists need not read from the records. */
  readonly index: JobIndex
  /** Moves a damaged record out of the way; the place it is in now. */
  setAside(id: string): string
}

interface ActiveJob {
  readonly id: string
  /** `project:agent`, or empty. */
  readonly agent: string
}

const idPattern = /^[a-z0-9]{6,32}$/

export function isJobId(name: string): boolean {
  return idPattern.test(name)
}

type Reading = Pick<
  JobStore,
  'assumeEnd' | 'has' | 'read' | 'hasEnded' | 'names' | 'active' | 'prompt' | 'launch' | 'cancelRequest'
>
type Writing = Omit<JobStore, keyof Reading | 'dir' | 'directory' | 'index'>

export function createJobStore(dir: string): JobStore {
  const index = createJobIndex(dir)
  return { dir, index, directory: (id) => `${dir}/${id}`, ...reading(dir), ...writing(dir, index) }
}

function reading(dir: string): Reading {
  const file = (id: string, name: string) => `${dir}/${id}/${name}`
  const assumed = new Map<string, JobEnd>()
  return {
    assumeEnd: (id, end) => void assumed.set(id, end),
    read(id) {
      const job = readJob(`${dir}/${id}`, id)
      return job === null || job.end !== null ? job : { ...job, end: assumed.get(id) ?? null }
    },
    has: (id) => existsSync(`${dir}/${id}`),
    hasEnded: (id) => assumed.has(id) || existsSync(file(id, 'end.json')) || !existsSync(`${dir}/${id}`),
    names: () => [...names(dir)].sort().reverse(),
    active: () =>
      [...names(`${dir}/.active`)].sort().flatMap((name) => {
        const [id = '', project = '', agent = ''] = name.split('.')
        if (!isJobId(id) || name.endsWith('.tmp')) return []
        return [{ id, agent: project === '' ? '' : `${project}:${agent}` }]
      }),
    prompt: (id) => readIfExists(file(id, 'prompt')),
    launch: (id) => parseLaunch(json(file(id, 'launch.json'))),
    cancelRequest(id) {
      const text = readIfExists(file(id, 'cancel'))
      return text === null ? null : Number(text)
    },
  }
}

function writing(dir: string, index: JobIndex): Writing {
  const file = (id: string, name: string) => `${dir}/${id}/${name}`
  const marker = ({ id, agent }: Pick<JobRecord, 'id' | 'agent'>) =>
    `${dir}/.active/${id}.${(agent ?? '').replace(':', '.')}`
  const unmark = (id: string): void => {
    const record = readJob(`${dir}/${id}`, id)?.record
    if (record !== undefined) rmSync(marker(record), { force: true })
  }
  return {
    create(record, launch, prompt) {
      makePrivateDirectory(`${dir}/.active`)
      try {
        mkdirSync(`${dir}/${record.id}`, { mode: 0o700 })
      } catch (error) {
        throw unwritable(`${dir}/${record.id}`, error)
      }
      try {
        writeAtomic(file(record.id, 'launch.json'), JSON.stringify(launch))
        if (prompt !== null) writeAtomic(file(record.id, 'prompt'), prompt)
        writeAtomic(marker(record), '')
        writeAtomic(file(record.id, 'job.json'), JSON.stringify(record))
      } catch (error) {
        // Half a record is none: nothing of it stays, least of all its secrets.
        rmSync(`${dir}/${record.id}`, { recursive: true, force: true })
        rmSync(marker(record), { force: true })
        throw error
      }
    },
    writeHost: (id, host) => writeAtomic(file(id, 'host.json'), JSON.stringify(host)),
    writeChild(id, child) {
      // The program prints already: a disk that is slow to sync must not keep it waiting. After a crash of the machine it is gone.
      writeAtomic(file(id, 'child.json'), JSON.stringify(child), { sync: false })
      rmSync(file(id, 'launch.json'), { force: true })
    },
    writeEnd(id, end) {
      const first = linkOnce(file(id, 'end.json'), JSON.stringify(end))
      const job = first ? readJob(`${dir}/${id}`, id) : null
      if (job !== null && job.record.kind !== 'process') index.append([summaryOf(job)])
      unmark(id)
      rmSync(file(id, 'launch.json'), { force: true })
      return first
    },
    requestCancel: (id, graceMs) => writeAtomic(file(id, 'cancel'), String(graceMs)),
    remove(id) {
      unmark(id)
      // First out of sight: to whoever looks meanwhile, half of it would be a damaged record.
      const gone = `${dir}/.gone-${id}`
      try {
        renameSync(`${dir}/${id}`, gone)
      } catch (error) {
        // Another one removes it too.
        if (systemErrorCode(error) !== 'ENOENT') throw unwritable(`${dir}/${id}`, error)
      }
      rmSync(gone, { recursive: true, force: true })
    },
    setAside(id) {
      const place = `${dir}/.corrupt-${id}`
      renameSync(`${dir}/${id}`, place)
      for (const name of names(`${dir}/.active`))
        if (name.startsWith(`${id}.`)) rmSync(`${dir}/.active/${name}`, { force: true })
      return place
    },
  }
}

function readJob(directory: string, id: string): Job | null {
  const value = json(`${directory}/job.json`)
  const record = isRecord(value) ? parseRecord(value) : null
  if (record === 'newer') throw foreignVersion(directory)
  if (record === null || record.id !== id) return null
  const host = readPart(`${directory}/host.json`, parseIdentity)
  const end = readPart(`${directory}/end.json`, parseEnd)
  // What says that it runs, or how it has ended, and cannot be read, is not the same as nothing.
  if (end === 'damaged' || (end === null && host === 'damaged')) return null
  const child = parseChild(json(`${directory}/child.json`))
  return { record, host: host === 'damaged' ? null : host, child, end }
}

/** null: there is none. Each is made in one step: half of one is no file that is being written. */
function readPart<Value>(path: string, parse: (value: unknown) => Value | null): Value | null | 'damaged' {
  try {
    const text = readIfExists(path)
    return text === null ? null : (parse(JSON.parse(text)) ?? 'damaged')
  } catch {
    return 'damaged'
  }
}

function foreignVersion(dir: string): TeamError {
  return new TeamError(
    'record-version',
    `${dir} was written by another version of team (not ${jobVersion})`,
    {
      hint: 'use that version, or move the directory away',
    },
  )
}

function names(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** null: none, or damaged. */
function json(path: string): unknown {
  try {
    return JSON.parse(readIfExists(path) ?? 'null')
  } catch {
    return null
  }
}
