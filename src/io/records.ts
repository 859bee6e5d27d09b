import { existsSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'
import type { AgentRecord, ExitRecord, RunEvent } from '../model/record.ts'
import { timeOfBoot } from './boot-time.ts'
import {
  endLine,
  overwrite,
  readIfExists,
  unwritable,
  watchPath,
  writeAtomic,
  writeIfChanged,
} from './files.ts'

/** The files of one agent's directory that the wrapper and the command line share. */
export const agentFiles = {
  env: 'env',
  command: 'command',
  again: 'again',
  desired: 'desired',
  runLog: 'run.log',
  exit: 'exit.json',
  output: 'output.log',
  activity: 'activity.json',
} as const

type Desired = 'up' | 'down'

export interface Records {
  /** Never throws for a missing, empty, half-written or corrupt record: those read as null. */
  read(agentDir: string): AgentRecord
  /** Only what its last complete line says. */
  last(agentDir: string): RunEvent | null
  /** Forgets the runs so far, so that a new wrapper's first line cannot be mistaken. @throws TeamError `state-unwritable` */
  clear(agentDir: string): void
  /** Ends the line of its log that the last run has left without an end: the next run begins another. */
  endLine(agentDir: string): void
  desired(agentDir: string): Desired | null
  /** @throws TeamError `state-unwritable` */
  setDesired(agentDirs: readonly string[], desired: Desired): void
  /** Calls back after every change in one of the directories, with the file's name where it is known; returns the stop function. */
  watch(agentDirs: readonly string[], changed: (agentDir: string, file: string | null) => void): () => void
}

const noRecord: AgentRecord = { last: null, at: null, restarts: 0, exit: null }

export const fileRecords: Records = {
  read(agentDir) {
    const journal = readJournal(agentDir)
    const last = lastRunEvent(journal)
    if (last === null) return noRecord
    // While an agent runs, exit.json tells of an earlier run.
    const exit = last.kind === 'start' ? null : exitOfRun(last.run, journal, readExit(agentDir))
    return { last, at: modifiedAt(`${agentDir}/${agentFiles.runLog}`), restarts: last.run - 1, exit }
  },

  last: (agentDir) => lastRunEvent(readJournal(agentDir)),

  clear(agentDir) {
    try {
      unlinkSync(`${agentDir}/${agentFiles.runLog}`)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw unwritable(`${agentDir}/${agentFiles.runLog}`, error)
    }
  },

  endLine: (agentDir) => endLine(`${agentDir}/${agentFiles.output}`),

  desired(agentDir) {
    const [text] = readQuietly(`${agentDir}/${agentFiles.desired}`)?.split(/\s/, 1) ?? []
    // A unit's main process was asked to end by its init: for everybody else it is to be down.
    if (text === 'stop') return 'down'
    return text === 'up' || text === 'down' ? text : null
  },

  setDesired(agentDirs, desired) {
    const text = desiredText(desired)
    for (const agentDir of agentDirs) {
      // A wrapper whose directory was moved or deleted restarts nothing: no reason to make it again.
      if (desired === 'up' || existsSync(agentDir)) writeDesired(agentDir, text)
    }
  },

  watch(agentDirs, changed) {
    const stops = agentDirs.map((agentDir) => watchPath(agentDir, (file) => changed(agentDir, file)))
    return () => stops.forEach((stop) => stop())
  },
}

/** An agent's directory also holds its output and what the wrapper scribbles: only the journal tells of starts and exits. */
export function isJournal(file: string | null): boolean {
  return file === null || file === agentFiles.runLog
}

/** Every agent that has a directory in the state directory, whether or not the file knows it. */
export function agentDirectories(
  stateDir: string,
): readonly { readonly project: string; readonly agent: string; readonly path: string }[] {
  const root = `${stateDir}/agents`
  return directoriesIn(root).flatMap((project) =>
    directoriesIn(`${root}/${project}`).map((agent) => ({
      project,
      agent,
      path: `${root}/${project}/${agent}`,
    })),
  )
}

function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
  } catch {
    return [] // nothing was ever started here
  }
}

/** The files that a launch is rendered into; `again` null: there is none. */
export function writeLaunchFiles(
  agentDir: string,
  files: { env: string; command: string; again: string | null },
): void {
  const again = `${agentDir}/${agentFiles.again}`
  if (files.again !== null) writeIfChanged(again, files.again)
  else if (existsSync(again)) unlinkSync(again)
  writeIfChanged(`${agentDir}/${agentFiles.env}`, files.env)
  writeIfChanged(`${agentDir}/${agentFiles.command}`, files.command)
  writeDesired(agentDir, desiredText('up'))
}

const desiredBytes = 40

/** `down` says when it was asked for: agents that end together would otherwise start a `date` each. */
function desiredText(desired: Desired): string {
  const words = desired === 'down' ? `down ${timeOfBoot() ?? ''}` : desired
  return `${words.slice(0, desiredBytes - 1).padEnd(desiredBytes - 1)}\n`
}

/**
 * Always as long, so that it can be changed in place with one write, which no reader sees half of and no full disk
 * refuses: a rename over an existing file costs a ms on some disks, and a drain begins with one for each agent.
 */
function writeDesired(agentDir: string, text: string): void {
  const path = `${agentDir}/${agentFiles.desired}`
  if (!overwrite(path, text)) writeAtomic(path, text)
}

function readQuietly(path: string): string | null {
  try {
    return readIfExists(path)
  } catch {
    return null
  }
}

function modifiedAt(path: string): number | null {
  try {
    return statSync(path).mtimeMs
  } catch {
    return null
  }
}

/** What the last complete line says; null when there is none. */
export function lastRunEvent(text: string): RunEvent | null {
  const end = text.lastIndexOf('\n')
  if (end <= 0) return null
  const lines = text.slice(0, end).split('\n')
  return lines.reduceRight<RunEvent | null>((found, line) => found ?? parseRunLine(line), null)
}

/** One line of `run.log`; null when it is none of ours. */
export function parseRunLine(line: string): RunEvent | null {
  const [kind, runText, first, second, third] = line.split(' ')
  const run = Number(runText)
  if (!Number.isInteger(run) || run < 1) return null
  switch (kind) {
    case 'start': {
      const pid = Number(first)
      return Number.isInteger(pid) && pid > 1 ? { kind, run, pid } : null
    }
    case 'exit': {
      const code = first === '-' ? null : Number(first)
      if (code !== null && !Number.isInteger(code)) return null
      const signal = second === undefined || second === '-' ? null : second
      return { kind, run, code, signal, ...(third === 'oom' ? { oom: true } : {}) }
    }
    case 'backoff':
      return Number.isFinite(Number(first)) ? { kind, run, delayMs: Number(first) } : null
    case 'gave-up':
      return { kind, run }
    case 'error':
      return first === 'cwd' || first === 'command' || first === 'env' ? { kind, run, reason: first } : null
    default:
      return null
  }
}

function readJournal(agentDir: string): string {
  return readQuietly(`${agentDir}/${agentFiles.runLog}`) ?? ''
}

/** The journal says first how a run ended; until exit.json does as well, that is of a run before it. */
function exitOfRun(run: number, journal: string, written: ExitRecord | null): ExitRecord | null {
  const ends = journal.split('\n').map(parseRunLine)
  const end = ends.findLast((event) => event?.kind === 'exit' && event.run === run)
  if (end?.kind !== 'exit') return written
  const { code, signal, oom } = end
  if (written?.run === run && written.code === code && written.signal === signal) return written
  return { code, signal, startedAt: null, exitedAt: null, pid: null, run, ...(oom === true ? { oom } : {}) }
}

function readExit(agentDir: string): ExitRecord | null {
  try {
    return parseExit(JSON.parse(readFileSync(`${agentDir}/${agentFiles.exit}`, 'utf8')))
  } catch {
    return null
  }
}

function parseExit(value: unknown): ExitRecord | null {
  if (typeof value !== 'object' || value === null) return null
  const field = new Map<string, unknown>(Object.entries(value))
  const text = (name: string): string | null => {
    const found = field.get(name)
    return typeof found === 'string' ? found : null
  }
  const number = (name: string): number | null => {
    const found = field.get(name)
    return typeof found === 'number' ? found : null
  }
  const run = number('run')
  if (run === null) return null
  return {
    code: number('code'),
    signal: text('signal'),
    startedAt: text('startedAt'),
    exitedAt: text('exitedAt'),
    pid: number('pid'),
    run,
    ...(field.get('oom') === true ? { oom: true } : {}),
  }
}
