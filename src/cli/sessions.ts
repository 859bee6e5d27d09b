import type { Clock } from '../io/clock.ts'
import { agentFiles, fileRecords } from '../io/records.ts'
import { findPath, inOpenFiles, modifiedAt, saidAtTheEnd, sessionIdIn } from '../io/session-files.ts'
import { readSessions, type Sessions, writeSessions } from '../io/session-store.ts'
import type { Launch } from '../model/launch.ts'
import type { SessionEntry, SessionLaunch } from '../model/session.ts'
import { transcriptOf, withSession } from '../model/session.ts'
import type { Observation } from '../model/unit.ts'
import { renderAgainFile } from '../render/again-file.ts'
import { runtimeOf } from '../runtimes/registry.ts'

/** How one agent is started, and what is to be remembered of its session. */
export interface ChosenStart {
  readonly argv: readonly string[]
  /** Text of the `again` file; null: it has no sessions. */
  readonly again: string | null
  readonly entry: SessionEntry | null
  /** Why its last session is not taken up again, although it should be; null: it is, or there is none. */
  readonly warning: string | null
}

/** Takes up the agent's last session (`known`) where there is one and it can be. */
export function chooseStart(launch: Launch, known: SessionEntry | null): ChosenStart {
  const { session } = launch
  if (session === null)
    return { argv: launch.argv, again: null, entry: unknownSession(launch), warning: null }
  const last = session.resume && known?.runtime === session.runtime ? known : null
  const id = last === null ? null : lastId(launch, session, last)
  if (last !== null && id !== null && canResume(session, id)) return resumed(launch, session, last, id)
  const lost = last !== null && id !== null && last.seen
  return {
    ...begun(launch, session),
    warning: lost
      ? `${launch.id}: its session ${id} is gone or was held elsewhere: a new one is begun`
      : null,
  }
}

function resumed(launch: Launch, session: SessionLaunch, last: SessionEntry, id: string): ChosenStart {
  // It has the prompt already, unless the file says another one by now.
  const changed = session.prompt !== null && digestOf(session.prompt) !== last.prompt
  const untold = changed && session.prompted.length === session.resumed.length
  const entry = { ...entryOf(session, id), seen: true }
  return {
    argv: withSession(changed ? session.prompted : session.resumed, id),
    again: renderAgainFile({ session, id, resumed: true, fresh: launch.argv }),
    entry: untold ? { ...entry, prompt: last.prompt } : entry,
    warning: untold
      ? `${launch.id}: ${session.runtime} takes no new prompt into its old session: say it with team send, or set resume: false`
      : null,
  }
}

function begun(launch: Launch, session: SessionLaunch): Omit<ChosenStart, 'warning'> {
  const id = session.pinned ? crypto.randomUUID() : null
  return {
    argv: id === null ? session.fresh : withSession(session.fresh, id),
    again: renderAgainFile({ session, id, resumed: false, fresh: launch.argv }),
    entry: entryOf(session, id),
  }
}

/** Its runtime is worth knowing all the same. */
function unknownSession({ runtime }: Launch): SessionEntry | null {
  if (runtime === 'command') return null
  return { runtime, id: null, home: '', transcript: null, prompt: null, seen: false }
}

function entryOf(session: SessionLaunch, id: string | null): SessionEntry {
  const { runtime, home, transcript, prompt } = session
  return { runtime, id, home, transcript, prompt: prompt === null ? null : digestOf(prompt), seen: false }
}

/** Loaded where it is used: each `team up` would pay 4 ms for an import. */
function digestOf(prompt: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(prompt).digest('hex').slice(0, 16)
}

/** A session that is only learnt may have been said farewell to since it was looked for. */
function lastId(launch: Launch, session: SessionLaunch, last: SessionEntry): string | null {
  if (session.pinned || session.farewell === null) return last.id
  return saidAtTheEnd(`${launch.agentDir}/${agentFiles.output}`, session.farewell) ?? last.id
}

function canResume({ transcript }: Pick<SessionLaunch, 'transcript'>, id: string): boolean {
  return transcript === null || findPath(transcriptOf(transcript, id)) !== null
}

/** The session that a running agent holds now, as far as it shows. */
export function liveSession(agentDir: string, entry: SessionEntry): string | null {
  const { sessions } = runtimeOf(entry.runtime)
  const { last } = fileRecords.read(agentDir)
  if (sessions === null || last?.kind !== 'start') return null
  const file = sessions.liveFile(entry.home, last.pid)
  if (file !== null) return sessionIdIn(file)
  return sessions.openFile === null ? null : inOpenFiles(last.pid, sessions.openFile)
}

/** Writes down what the agents hold now: when they have ended it cannot be told any more. */
export function learnSessions(
  stateDir: string,
  units: readonly Pick<Observation, 'id' | 'agentDir'>[],
): void {
  const known = readSessions(stateDir)
  const learnt: Record<string, SessionEntry> = {}
  for (const { id, agentDir } of units) {
    const entry = known[id]
    if (entry === undefined) continue
    const session = liveSession(agentDir, entry) ?? entry.id
    learnt[id] = {
      ...entry,
      id: session,
      seen: entry.seen || (session !== null && canResume(entry, session)),
    }
  }
  if (Object.keys(learnt).length > 0) writeSessions(stateDir, { ...known, ...learnt })
}

/** Those of `launches`, chosen and remembered. */
export async function chooseStarts(
  stateDir: string,
  launches: readonly Launch[],
  clock: Clock,
): Promise<ReadonlyMap<Launch, ChosenStart>> {
  if (launches.every(({ runtime }) => runtime === 'command'))
    return new Map(launches.map((launch) => [launch, chooseStart(launch, null)]))
  const before = readSessions(stateDir)
  await Promise.all(launches.map((launch) => farewellWritten(launch, before[launch.id] ?? null, clock)))
  // Read once more: agents whose drains end at another moment are started beside these.
  const known = readSessions(stateDir)
  const chosen = new Map(launches.map((launch) => [launch, chooseStart(launch, known[launch.id] ?? null)]))
  const entries: Record<string, SessionEntry> = {}
  for (const [{ id }, { entry }] of chosen) if (entry !== null) entries[id] = entry
  const sessions: Sessions = { ...known, ...entries }
  writeSessions(stateDir, sessions)
  return chosen
}

/** ms; what an agent says last reaches its log a moment after its end. */
const farewellMs = 1_500
const farewellPollMs = 20

/** Waits for the last words of an agent that has just ended, where only they tell its session. */
async function farewellWritten(
  { session, agentDir }: Launch,
  last: SessionEntry | null,
  clock: Clock,
): Promise<void> {
  const farewell = session?.farewell ?? null
  if (session === null || farewell === null || session.pinned || last?.runtime !== session.runtime) return
  if (runtimeOf(session.runtime).sessions?.openFile !== null) return
  const output = `${agentDir}/${agentFiles.output}`
  const age = () => clock.now() - (modifiedAt(output) ?? 0)
  while (saidAtTheEnd(output, farewell) === null && age() < farewellMs) await clock.sleep(farewellPollMs)
}
