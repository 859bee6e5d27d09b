import { join } from 'node:path'
import { watchActivity } from '../../engine/watch-activity.ts'
import { ExitCode } from '../../errors.ts'
import { parseEvents, readAppended, readEvents } from '../../io/event-reader.ts'
import { fileRecords } from '../../io/records.ts'
import type { AgentId } from '../../model/agent.ts'
import type { TeamEvent } from '../../model/event.ts'
import { globPattern } from '../../model/glob.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { eventLine } from '../../view/events.ts'
import { activityReader } from '../activity.ts'
import { activityPorts } from '../activity-ports.ts'
import { candidates } from '../candidates.ts'
import { flag, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { openTeam, resolveCompose } from '../team.ts'

/** Where no file event comes. ms. */
const pollMs = 1_000

export const events: Run = async ({ context, args, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const path = join(stateDir, 'events.jsonl')
  const since = numberOption(options, 'since')
  const { events: past, size } = readEvents(path)
  // Events outlive the agents that the file knows.
  const seen = [...new Set(past.flatMap(({ id }) => id ?? []))].map((id) => ({ id, role: null }))
  const scope = resolveTargets(args, candidates(compose.agents, seen))
  const wanted = (event: TeamEvent) =>
    (scope === null || inScope(event, scope, args)) && (since === null || Date.parse(event.time) >= since)
  const print = (event: TeamEvent) => {
    context.stdout.write(
      `${context.globals.json ? JSON.stringify(event) : eventLine(event, context.style)}\n`,
    )
  }
  const follow = flag(options, 'follow')
  // Following begins now, as `tail -f` of an event stream does, unless a time says otherwise.
  if (!follow || since !== null) past.filter(wanted).forEach(print)
  if (follow) {
    const watching = watchTeam(context)
    await followEvents(stateDir, path, size, context, (event) => wanted(event) && print(event))
    await watching
  }
  return { exitCode: follow ? ExitCode.interrupted : ExitCode.ok, json: undefined, human: () => '' }
}

/** ms until the next try, when the supervisor cannot be asked. */
const retryMs = 2_000

/** What agents do is only known while somebody looks: as long as events are followed, changes become events. */
async function watchTeam(context: Context): Promise<void> {
  const team = await openTeam({ ...context, stderr: { ...context.stderr, write: () => undefined } })
  if (activityReader(team).ids.length === 0) return
  const aborted = context.interrupt.stop
  while (!aborted.aborted) {
    await watchActivity(activityPorts(team, context), () => false, { deadline: null, aborted }).catch(() =>
      context.clock.sleep(retryMs, aborted),
    )
  }
}

/** By its text too: an agent may be added while it is followed. Events of the whole team have no id. */
function inScope({ id }: TeamEvent, scope: ReadonlySet<AgentId>, targets: readonly string[]): boolean {
  if (id === null) return false
  if (scope.has(id)) return true
  const [project, agent = ''] = id.split(':')
  return targets.some((target) => {
    if (target === id || target === project || target === agent) return true
    return globPattern(target).test(target.includes(':') ? id : agent)
  })
}

async function followEvents(
  stateDir: string,
  path: string,
  from: number,
  context: Context,
  show: (event: TeamEvent) => void,
): Promise<void> {
  const { clock, interrupt } = context
  let offset = from
  let wake = new AbortController()
  const rouse = () => wake.abort()
  const stop = fileRecords.watch([stateDir], rouse)
  interrupt.stop.addEventListener('abort', rouse)
  try {
    while (!interrupt.stop.aborted) {
      const appended = readAppended(path, offset)
      offset = appended.offset
      parseEvents(appended.text).forEach(show)
      await clock.sleep(pollMs, wake.signal)
      wake = new AbortController()
    }
  } finally {
    stop()
    interrupt.stop.removeEventListener('abort', rouse)
  }
}
