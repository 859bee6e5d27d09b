import { ExitCode, TeamError } from '../../errors.ts'
import type { Job } from '../../model/job.ts'
import { type ProcessState, processState } from '../../view/processes.ts'
import { type CommandResult, flag, numberOption, type Options, stringOption } from '../command.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from '../jobs/ports.ts'
import {
  type Cursor,
  cursorText,
  parseCursor,
  type ReadPart,
  readCursor,
  readPart,
  writeCursor,
} from '../jobs/process-reader.ts'
import { settle } from '../jobs/queue.ts'
import { droppedText } from '../jobs/watch.ts'

const pollMs = 10
const settleMs = 1_000

/** What has come since this reader looked last; each reader has a place of its own. */
export async function readProcess(
  job: Job,
  options: Options,
  ports: JobPorts,
  context: Context,
): Promise<CommandResult> {
  const { id } = job.record
  const dir = ports.store.directory(id)
  const reader = readerName(options, context)
  const given = stringOption(options, 'since')
  const since = given === null ? null : parseCursor(given)
  if (given !== null && since === null) {
    throw new TeamError('usage', `"${given}" is no cursor`, {
      hint: 'STDOUT,STDERR in bytes, as `cursor` of --json tells',
    })
  }
  if (flag(options, 'follow')) return follow(id, since ?? readCursor(dir, reader), ports, context)
  const waitMs = numberOption(options, 'wait') ?? 0
  const seen = await partOf(dir, since ?? readCursor(dir, reader), waitMs, id, ports, context)
  const part = since === null ? await ports.locked(() => take(id, reader, ports)) : seen
  const state = processState(ports.store.read(id) ?? job)
  if (!context.globals.json) write(part, context)
  return { exitCode: ExitCode.ok, json: partJson(id, part, state), human: () => '' }
}

function partJson(id: string, { stdout, stderr, next, dropped }: ReadPart, state: ProcessState): object {
  return {
    ...{ id, stdout: stdout.toString(), stderr: stderr.toString(), cursor: cursorText(next) },
    ...{ dropped, state },
  }
}

/** Each byte once for each reader, however many read under its name. */
function take(id: string, reader: string, { store }: JobPorts): ReadPart {
  const dir = store.directory(id)
  // Looked at before the output, all of which is there by then.
  const ended = store.hasEnded(id)
  const part = readPart(dir, readCursor(dir, reader), ended)
  writeCursor(dir, reader, part.next)
  return part
}

/** @throws TeamError `usage` */
function readerName(options: Options, { env }: Context): string {
  const name = stringOption(options, 'reader') ?? env.TEAM_AGENT?.replace(':', '.') ?? 'user'
  if (/^[\w.-]{1,100}$/.test(name)) return name
  throw new TeamError('usage', `"${name}" is no name for a reader`, {
    hint: 'letters, digits, ".", "_" and "-"',
  })
}

/** What is there, or comes within the time, or all there will ever be. */
async function partOf(
  dir: string,
  from: Cursor,
  waitMs: number,
  id: string,
  ports: JobPorts,
  { clock, interrupt }: Context,
): Promise<ReadPart> {
  const deadline = clock.now() + waitMs
  for (;;) {
    const ended = ports.store.hasEnded(id)
    const part = readPart(dir, from, ended)
    const some = part.stdout.length + part.stderr.length > 0
    if (some || ended || clock.now() >= deadline || interrupt.stop.aborted) return part
    await clock.sleep(pollMs, interrupt.stop)
  }
}

function write(part: ReadPart, { stdout, stderr }: Context): void {
  if (part.dropped > 0) stderr.write(droppedText(part.dropped))
  stdout.write(part.stdout)
  stderr.write(part.stderr)
}

async function follow(id: string, from: Cursor, ports: JobPorts, context: Context): Promise<CommandResult> {
  const { stop } = context.interrupt
  let cursor = from
  let settled = 0
  while (!stop.aborted) {
    if (context.clock.now() - settled > settleMs) {
      await settle(ports)
      settled = context.clock.now()
    }
    const job = ports.store.read(id)
    const ended = job === null || job.end !== null
    const part = readPart(ports.store.directory(id), cursor, ended)
    cursor = part.next
    const silent = part.stdout.length + part.stderr.length === 0
    if (!silent && context.globals.json) {
      const state = job === null ? 'lost' : processState(job)
      context.stdout.write(`${JSON.stringify(partJson(id, part, state))}\n`)
    } else if (!silent) write(part, context)
    if (silent && ended) return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
    if (silent) await context.clock.sleep(pollMs, stop)
  }
  return { exitCode: ExitCode.interrupted, json: undefined, human: () => '' }
}
