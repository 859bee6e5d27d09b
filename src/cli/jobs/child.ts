import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { systemErrorCode } from '../../errors.ts'
import { type ByteLog, createByteLog } from '../../io/byte-log.ts'
import { type Job, type JobChild, type JobLaunch, jobLogs } from '../../model/job.ts'
import type { HeadlessResult } from '../../runtimes/headless.ts'
import { identityOfChild } from '../../supervisor/job-tree.ts'
import { answerBytes, headlessOf, readAnswer } from './answer.ts'
import { feedInput } from './input.ts'
import { type OutputFile, openOutputFile } from './output-file.ts'
import { openPipe, type Pipe } from './pipes.ts'
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

const lastWordsBytes = 600
/** ms for the pipes to be read to their end: what left a child behind may hold them open for ever. */
const closeMs = 300

/** Starts the program in a session and process group of its own, its output going to disk as it comes. */
export function runChild(job: Job, launch: JobLaunch, ports: JobPorts): RunningChild {
  const dir = ports.store.directory(job.record.id)
  const isProcess = job.record.kind === 'process'
  const kept = createKeptOutput(job, dir)
  const [file = '', ...args] = launch.argv
  const pipes = openPipes(job, dir)
  const needsInput = isProcess || launch.input !== null
  let child: ChildProcess
  try {
    child = spawn(file, args, {
      cwd: launch.cwd,
      env: launch.env,
      detached: true,
      stdio: [
        needsInput ? (pipes.in?.theirs ?? 'pipe') : 'ignore',
        kept.file?.fd ?? pipes.out?.theirs ?? 'pipe',
        pipes.err?.theirs ?? (isProcess ? null : pipes.out?.theirs) ?? 'pipe',
      ],
    })
  } finally {
    for (const pipe of [pipes.in, pipes.out, pipes.err]) if (pipe !== null) closeSync(pipe.theirs)
  }
  const streams: Streams = {
    in: pipes.in?.ours ?? child.stdin,
    out: pipes.out?.ours ?? child.stdout,
    err: pipes.err?.ours ?? child.stderr,
  }
  const found = child.pid === undefined ? null : identityOfChild(child.pid, ports.processes)
  const identity = found === null ? null : { ...found, startedAt: new Date(ports.clock.now()).toISOString() }
  streams.out?.on('data', kept.out)
  streams.err?.on('data', kept.err)
  const stopFeeding = isProcess ? feedInput(`${dir}/input`, streams.in) : giveInput(streams.in, launch.input)
  const done = ended(child, streams, launch).then((end) => {
    stopFeeding()
    return { ...end, ...kept.close() }
  })
  return { identity, done, answer: () => readAnswer(job, kept.answer()) }
}

/** Our ends of its standard streams. */
interface Streams {
  readonly in: Writable | null
  readonly out: Readable | null
  readonly err: Readable | null
}

/** An agent CLI has the pipes that it was measured with; all that a shell command says comes by one, in its order. */
function openPipes({ record }: Job, dir: string): Readonly<Record<'in' | 'out' | 'err', Pipe | null>> {
  if (record.kind === 'prompt') return { in: null, out: null, err: null }
  const out = openPipe(`${dir}/.out`, 'read')
  if (record.kind === 'shell') return { in: null, out, err: null }
  return { in: openPipe(`${dir}/.in`, 'write'), out, err: openPipe(`${dir}/.err`, 'read') }
}

interface KeptOutput {
  /** What standard output goes to in place of a pipe. */
  readonly file: OutputFile | null
  readonly out: (bytes: Buffer) => void
  readonly err: (bytes: Buffer) => void
  answer(): string
  close(): Pick<ChildEnd, 'lastWords' | 'unkept'>
}

/** What it says goes to disk, and of a prompt's the answer to memory. */
function createKeptOutput({ record }: Job, dir: string): KeptOutput {
  const out = createByteLog(dir, record.kind === 'process' ? jobLogs.stdout : jobLogs.output)
  const err = record.kind === 'process' ? createByteLog(dir, jobLogs.stderr) : out
  const answer: Buffer[] = []
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
  const take = (bytes: Buffer): void => {
    keep(out, bytes)
    size += bytes.length
    if (record.kind === 'prompt' && size <= answerBytes) answer.push(bytes)
  }
  const needsFile = record.kind === 'prompt' && headlessOf(record)?.output === 'file'
  const file = needsFile ? openOutputFile(`${dir}/${jobLogs.stdout}`, take) : null
  return {
    file,
    out: take,
    err(bytes) {
      keep(err, bytes)
      lastWords = Buffer.concat([lastWords, bytes]).subarray(-lastWordsBytes)
    },
    answer: () => Buffer.concat(answer).toString(),
    close() {
      file?.end()
      out.close()
      if (err !== out) err.close()
      return { lastWords: lastWords.toString().trim(), unkept: unkeptText(unkept) }
    },
  }
}

function giveInput(stdin: Writable | null, input: string | null): () => void {
  // It may end before it has read all.
  stdin?.on('error', () => undefined)
  if (input !== null) stdin?.end(input)
  return () => undefined
}

function unkeptText({ bytes, why }: { readonly bytes: number; readonly why: string }): string | null {
  return bytes === 0 ? null : `up to ${bytes} bytes of its output could not be kept: ${why}`
}

function ended(
  child: ChildProcess,
  streams: Streams,
  launch: JobLaunch,
): Promise<Omit<ChildEnd, 'lastWords' | 'unkept'>> {
  const said = [streams.out, streams.err].map((stream) => (stream === null ? undefined : closed(stream)))
  const close = () => {
    for (const stream of [streams.in, streams.out, streams.err]) stream?.destroy()
  }
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return
      close()
      const startError = `cannot run ${launch.argv[0]} in ${launch.cwd}: ${error.code ?? error.message}`
      resolve({ code: null, signal: null, startError })
    })
    child.on('exit', (code, signal) => {
      const end = () => {
        clearTimeout(timer)
        close()
        resolve({ code, signal, startError: null })
      }
      const timer = setTimeout(end, closeMs)
      void Promise.all(said).then(end)
    })
  })
}

const closed = (stream: Readable): Promise<void> => new Promise((resolve) => stream.once('close', resolve))
