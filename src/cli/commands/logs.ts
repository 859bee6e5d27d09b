import { ExitCode, TeamError } from '../../errors.ts'
import { type KeptLog, type LogFollower, readAndFollowLog, readLog } from '../../io/log-files.ts'
import type { AgentId } from '../../model/agent.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { createLineCleaner, type LineCleaner } from '../../view/line-cleaner.ts'
import { knownSessions } from '../activity.ts'
import { candidates } from '../candidates.ts'
import { type CommandResult, flag, type Invocation, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { conversations, followConversations } from '../conversations.ts'
import { type FollowedLog, followLogs } from '../follow-logs.ts'
import { createLinePrinter } from '../line-printer.ts'
import { type LogLine, linesOf } from '../log-lines.ts'
import { openTeam, type Team } from '../team.ts'

const followedTail = 10
const newline = 10

export interface LogSource {
  readonly id: AgentId
  readonly agentDir: string
}

export const logs: Run = async (invocation) => {
  const { context, options } = invocation
  const team = await openTeam(context)
  const sources = await logSources(team, invocation)
  const follow = flag(options, 'follow')
  const tail = numberOption(options, 'tail') ?? (follow ? followedTail : null)
  const since = numberOption(options, 'since')
  if (flag(options, 'raw')) return rawLogs(sources, tail, invocation)
  const print = createLinePrinter(
    sources.map(({ id }) => id),
    context,
    { timestamps: flag(options, 'timestamps'), bare: options.prefix === false },
  )
  const talks = flag(options, 'terminal') ? [] : conversations(sources, knownSessions(team))
  const talking = new Set(talks.map(({ id }) => id))
  const read = sources.filter(({ id }) => !talking.has(id)).map((source) => readSource(source, follow))
  const lines = [
    ...talks.flatMap((talk) => tailOf(talk.lines, tail, since)),
    ...read.flatMap(({ id, pieces, cleaner }) =>
      tailOf(linesOf(id, pieces, follow ? cleaner : null), tail, markSince(since)),
    ),
  ]
  // Each agent's lines in their order; agents one after the other, unless times can sort them.
  const ordered = flag(options, 'timestamps') ? mergeByTime(lines) : lines
  print(ordered)
  const exitCode = tellUnreadable(read, context)
  if (follow)
    await Promise.all([
      followLogs(followedOf(read), context, print),
      followConversations(talks, context, (line) => print([line])),
    ])
  return { exitCode: follow ? ExitCode.interrupted : exitCode, json: undefined, human: () => '' }
}

interface ReadLog extends LogSource, KeptLog {
  readonly cleaner: LineCleaner
  /** null: nobody asked for what comes. */
  readonly follower: LogFollower | null
}

function readSource(source: LogSource, follow: boolean): ReadLog {
  const cleaner = createLineCleaner()
  if (follow) return { ...source, cleaner, ...readAndFollowLog(source.agentDir) }
  return { ...source, cleaner, ...readLog(source.agentDir), follower: null }
}

/** One line for each agent, about its newest file: in a directory that is not to be read, all are the same. */
function tellUnreadable(read: readonly ReadLog[], { stderr, errorStyle }: Context): ExitCode {
  const problems = read.flatMap(({ unreadable }) => unreadable.slice(-1))
  for (const { message } of problems) stderr.write(`${errorStyle.warn('warning:')} ${message}\n`)
  return problems.length === 0 ? ExitCode.ok : ExitCode.failed
}

function followedOf(read: readonly ReadLog[]): readonly FollowedLog[] {
  return read.flatMap(({ follower, ...source }) => (follower === null ? [] : [{ ...source, follower }]))
}

async function logSources(team: Team, { args }: Invocation): Promise<readonly LogSource[]> {
  // An orphan's log can be read as long as it is up; asking costs a call, so only when the file does not know the name.
  const observed = args.length > 0 ? await team.supervisor.observe() : []
  const scope = resolveTargets(args, candidates(team.compose.agents, observed))
  const known = team.wanted.map(({ spec, agentDir }) => ({ id: spec.id, agentDir }))
  const orphans = observed
    .filter((unit) => !known.some((source) => source.id === unit.id))
    .map(({ id, agentDir }) => ({ id, agentDir }))
  return [...known, ...orphans].filter((source) => scope === null || scope.has(source.id))
}

/** The marks of a terminal's log are rounded down: what one tells of may have come up to the end of its second. */
function markSince(since: number | null): number | null {
  return since === null ? null : since - 999
}

function tailOf(lines: readonly LogLine[], tail: number | null, since: number | null): readonly LogLine[] {
  const recent = since === null ? lines : lines.filter((line) => line.at === null || line.at >= since)
  if (tail === null) return recent
  return tail === 0 ? [] : recent.slice(-tail)
}

function mergeByTime(lines: readonly LogLine[]): readonly LogLine[] {
  return [...lines].sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
}

async function rawLogs(
  sources: readonly LogSource[],
  tail: number | null,
  { context, options }: Invocation,
): Promise<CommandResult> {
  if (context.globals.json || flag(options, 'timestamps')) {
    throw new TeamError('usage', '--raw prints bytes: it goes with neither --json nor --timestamps', {
      hint: 'leave out one of them',
    })
  }
  const { write } = context.stdout
  const since = markSince(numberOption(options, 'since'))
  const follow = flag(options, 'follow')
  const read = sources.map((source) => readSource(source, follow))
  for (const { pieces } of read) {
    const recent = pieces.map(({ bytes, marks }) =>
      bytes.subarray(since === null ? 0 : (marks.findLast((mark) => mark.at < since)?.offset ?? 0)),
    )
    write(lastLines(Buffer.concat(recent), tail))
  }
  const exitCode = tellUnreadable(read, context)
  if (follow) await followLogs(followedOf(read), context, () => undefined, write)
  return { exitCode: follow ? ExitCode.interrupted : exitCode, json: undefined, human: () => '' }
}

/** The bytes from the start of the n-th last line on; null: all of them. */
function lastLines(bytes: Buffer, count: number | null): Buffer {
  if (count === null) return bytes
  if (count === 0) return Buffer.alloc(0)
  let at = bytes.length
  for (let line = 0; line < count && at > 0; line += 1) {
    // The end of the line itself is not the end of the one before.
    at = at < 2 ? 0 : bytes.lastIndexOf(newline, at - 2) + 1
  }
  return bytes.subarray(at)
}
