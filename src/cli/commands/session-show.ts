import { ExitCode, TeamError } from '../../errors.ts'
import { readTaskSessions } from '../../io/task-sessions.ts'
import type { AgentId } from '../../model/agent.ts'
import type { SessionEntry } from '../../model/session.ts'
import type { TranscriptEntry } from '../../model/transcript.ts'
import { resolveOne } from '../../plan/targets.ts'
import { runtimeOf } from '../../runtimes/registry.ts'
import { humanTalk } from '../../view/logs.ts'
import { knownSessions } from '../activity.ts'
import { candidates } from '../candidates.ts'
import { flag, numberOption, type Options, type Run } from '../command.ts'
import { liveSession } from '../sessions.ts'
import { openTeam, type Team } from '../team.ts'
import { readConversation } from '../transcripts.ts'

/** An id becomes a part of a path: nothing that means something there. */
const idPattern = /^\w[\w-]{0,127}$/

/** Where the conversations of an agent are kept. */
type Place = Pick<SessionEntry, 'runtime' | 'transcript'>

/** Prints a conversation: the one of the agent's terminal, that of its tasks, or any by its id. */
export const sessionShow: Run = async ({ context, args, options }) => {
  const team = await openTeam(context)
  const known = knownSessions(team)
  const held = [...known.keys()].map((id) => ({ id, role: null }))
  const id = resolveOne(args[0] ?? '', candidates(team.compose.agents, held))
  const place = placeOf(team, id, known.get(id) ?? null)
  const session = args[1] ?? heldSession(team, id, known.get(id) ?? null, options)
  if (session === null) {
    throw new TeamError('session-unknown', `${id} holds no conversation that is known`, {
      hint: 'team session ls',
    })
  }
  const all =
    place === null || !idPattern.test(session) ? null : conversation(place, session, args[1] !== undefined)
  if (all === null) {
    throw new TeamError(
      'session-unknown',
      `no conversation ${JSON.stringify(session)} of ${id} can be read`,
      {
        hint: 'team session ls, or what its terminal showed: team logs --terminal',
      },
    )
  }
  const tail = numberOption(options, 'tail')
  const entries = tail === null ? all : all.slice(all.length - Math.min(tail, all.length))
  return {
    exitCode: ExitCode.ok,
    json: {
      id,
      runtime: place?.runtime ?? null,
      sessionId: session,
      entries: entries.map(({ at, who, text }) => ({
        time: at === null ? null : new Date(at).toISOString(),
        who,
        text,
      })),
    },
    human: () => humanTalk(entries, context.style),
  }
}

/** One that an agent holds is there once something was said in it. null: it cannot be read, or was never there. */
function conversation(place: Place, session: string, mustExist: boolean): readonly TranscriptEntry[] | null {
  const isReadable = (runtimeOf(place.runtime).sessions?.entries ?? null) !== null
  return readConversation(place, session) ?? (isReadable && !mustExist ? [] : null)
}

/** What it was started with, else what the file says; null: its runtime has none that can be read. */
function placeOf(team: Team, id: AgentId, entry: SessionEntry | null): Place | null {
  if (entry !== null && entry.transcript !== null) return entry
  return team.launches().find((launch) => launch.id === id)?.session ?? null
}

function heldSession(team: Team, id: AgentId, entry: SessionEntry | null, options: Options): string | null {
  const ofTasks = readTaskSessions(team.stateDir)[id]?.id ?? null
  if (flag(options, 'tasks')) return ofTasks
  const agentDir = team.wanted.find(({ spec }) => spec.id === id)?.agentDir
  const live = entry === null || agentDir === undefined ? null : liveSession(agentDir, entry)
  return live ?? entry?.id ?? ofTasks
}
