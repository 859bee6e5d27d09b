import { type ChildProcess, spawn } from 'node:child_process'
import { systemErrorCode } from '../../errors.ts'
import { type ByteLog, createByteLog } from '../../io/byte-log.ts'
import { type Job, type JobChild, type JobLaunch, jobLogs } from '../../model/job.ts'
import type { HeadlessResult } from '../../runtimes/headless.ts'
import { runtimeOf } from '../../runtimes/registry.ts'
import { identityOfChild } from '../../supervisor/job-tree.ts'
import { feedInput } from './input.ts'
import type { JobPorts } from './ports.ts'

export interface ChildEnd {
  readonly code: number | null
  readonly signal: string | null
  /** Why it could not be started. */
  readonly startError: string | null
  /** End of what it said on stderr. */
  readonly lastWords: string
  /** What of its output is not on disk, and why; null: all is, as far as it is kept. */
  readonly unkept: string | null
}

export interface RunningChild {
  /** null: it could not be started. */
  readonly identity: JobChild | null
  readonly done: Promise<ChildEnd>
  /** What its output says by now; null: it is no prompt. */
  answer(): HeadlessResult | null
}

/** What a prompt's output is read from is kept whole up to here. Bytes. */
const answerBytes = 64 * 1024 * 1024
const lastWordsBytes = 600
/** ms for the pipes to be read to their end: what left a child behind may hold them open for ever. */
const closeMs = 300

/** Starts the program in a session and process group of its own, its output going to disk as it comes. */
export function runChild(job: Job, launch: JobLaunch, ports: JobPorts): RunningChild {
  const dir = ports.store.directory(job.record.id)
  const isProcess = job.record.kind === 'process'
  const out = createByteLog(dir, isProcess ? jobLogs.stdout : jobLogs.output)
  const err = isProcess ? createByteLog(dir, jobLogs.stderr) : out
  const [file = '', ...args] = launch.argv
  const child = spawn(file, args, {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: [isProcess || launch.input !== null ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  const found = child.pid === undefined ? null : identityOfChild(child.pid, ports.processes)
  const identity = found === null ? null : { ...found, startedAt: new Date(ports.clock.now()).toISOString() }
  const kept: Buffer[] = []
  let size = 0
  let lastWords = Buffer.alloc(0)
  const unkept = { bytes: 0, why: '' }
  // A full disk is no reason to end what runs: what finds no room is left out, and told.
  const keep = (log: ByteLog, bytes: Buffer): void => {
    try {
      log.append(bytes)
    } catch (error) {
      unkept.bytes += bytes.length
      unkept.why = systemErrorCode(error) ?? 'unknown error'
    }
  }
  const parses = job.record.kind === 'prompt'
  child.stdout?.on('data', (bytes: Buffer) => {
    keep(out, bytes)
    size += bytes.length
    if (parses && size <= answerBytes) kept.push(bytes)
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    keep(err, bytes)
    lastWords = Buffer.concat([lastWords, bytes]).subarray(-lastWordsBytes)
  })
  const stopFeeding = isProcess ? feedInput(`${dir}/input`, child.stdin) : giveInput(child, launch.input)
  const done = ended(child, launch).then((end) => {
    stopFeeding()
    out.close()
    if (err !== out) err.close()
    return { ...end, lastWords: lastWords.toString().trim(), unkept: unkeptText(unkept) }
  })
  return { identity, done, answer: () => (parses ? readAnswer(job, Buffer.concat(kept).toString()) : null) }
}

function giveInput(child: ChildProcess, input: string | null): () => void {
  // It may end before it has read all.
  child.stdin?.on('error', () => undefined)
  if (input !== null) child.stdin?.end(input)
  return () => undefined
}

function unkeptText({ bytes, why }: { readonly bytes: number; readonly why: string }): string | null {
  return bytes === 0 ? null : `up to ${bytes} bytes of its output could not be kept: ${why}`
}

function ended(child: ChildProcess, launch: JobLaunch): Promise<Omit<ChildEnd, 'lastWords' | 'unkept'>> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return
      const startError = `cannot run ${launch.argv[0]} in ${launch.cwd}: ${error.code ?? error.message}`
      resolve({ code: null, signal: null, startError })
    })
    child.on('exit', (code, signal) => {
      const end = () => {
        clearTimeout(timer)
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolve({ code, signal, startError: null })
      }
      const timer = setTimeout(end, closeMs)
      child.on('close', end)
    })
  })
}

function readAnswer({ record }: Job, stdout: string): HeadlessResult | null {
  return record.runtime === null ? null : (runtimeOf(record.runtime).headless?.parse(stdout) ?? null)
}
