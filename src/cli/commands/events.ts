import { join } from 'node:path'
import { ExitCode } from '../../errors.ts'
import { parseEvents, readAppended, readEvents } from '../../io/event-reader.ts'
import { fileRecords } from '../../io/records.ts'
import type { TeamEvent } from '../../model/event.ts'
import { globPattern } from '../../model/glob.ts'
import { eventLine } from '../../view/events.ts'
import { flag, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { resolveCompose } from '../team.ts'

/** Where no file event comes. ms. */
const pollMs = 1_000

export const events: Run = async ({ context, args, options }) => {
  const { stateDir } = await resolveCompose(context)
  const path = join(stateDir, 'events.jsonl')
  const since = numberOption(options, 'since')
  const wanted = (event: TeamEvent) =>
    matches(event, args) && (since === null || Date.parse(event.time) >= since)
  const print = (event: TeamEvent) => {
    context.stdout.write(
      `${context.globals.json ? JSON.stringify(event) : eventLine(event, context.style)}\n`,
    )
  }
  const { events: past, size } = readEvents(path)
  const follow = flag(options, 'follow')
  // Following begins now, as `tail -f` of an event stream does, unless a time says otherwise.
  if (!follow || since !== null) past.filter(wanted).forEach(print)
  if (follow) await followEvents(stateDir, path, size, context, (event) => wanted(event) && print(event))
  return { exitCode: follow ? ExitCode.interrupted : ExitCode.ok, json: undefined, human: () => '' }
}

/** By the text of the id: events outlive the agents that the file knows. Events of the whole team have none. */
function matches(event: TeamEvent, targets: readonly string[]): boolean {
  if (targets.length === 0) return true
  const { id } = event
  if (id === null) return false
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
