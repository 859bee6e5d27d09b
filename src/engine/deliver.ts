import type { ActivityReading } from '../model/activity.ts'
import type { AgentId } from '../model/agent.ts'
import type { Delivered, Delivery, PromptManners } from '../model/delivery.ts'
import type { Observation } from '../model/unit.ts'
import type { SeenAgent } from './watch-activity.ts'

export interface DeliverPorts {
  readonly look: (id: AgentId) => Promise<SeenAgent>
  /** Types a text as one paste. False: nothing was typed, as a row matches `unless`. */
  readonly paste: (unit: Observation, text: string, unless: string | null) => Promise<boolean>
  /** Presses keys. False: as above. */
  readonly press: (unit: Observation, keys: readonly string[], unless: string | null) => Promise<boolean>
  readonly now: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly aborted: AbortSignal
}

export interface Prompt {
  readonly id: AgentId
  readonly text: string
  /** What to do with an agent that is at work. */
  readonly whenBusy: 'refuse' | 'queue' | 'interrupt'
}

/** ms. */
const startMs = 60_000
/** A program that draws its screen anew has no prompt on it for a moment, or its cursor elsewhere. */
const drawMs = 1_500
const interruptMs = 10_000
const appearMs = 10_000
/** After the first Enter, and after the second: a program on a loaded machine may take that long. */
const takenMs = [2_500, 10_000] as const
const pollMs = 50

type Ready =
  | { readonly kind: 'ready'; readonly unit: Observation; readonly busy: boolean }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Types a prompt into an agent CLI, submits it, and says what became of it. Each step is seen on the screen before
 * the next: what is not seen is not claimed.
 */
export async function deliver(
  prompt: Prompt,
  manners: PromptManners,
  ports: DeliverPorts,
): Promise<Delivered> {
  const { id, text } = prompt
  let submittedAt: number | null = null
  const outcome = (delivery: Delivery, reason: string | null = null): Delivered => ({
    id,
    delivery,
    reason,
    submittedAt,
  })
  if (manners.shellMark !== null && text.startsWith(manners.shellMark))
    return outcome('refused', `a text that begins with ${manners.shellMark} would be run as a shell command`)
  const ready = await untilReady(prompt, manners, ports)
  if (ready.kind === 'refused') return outcome('refused', ready.reason)
  const { unit, busy } = ready
  if (!(await ports.paste(unit, text, manners.dialog))) return outcome('refused', 'a dialog has come up')
  await ports.sleep(manners.pasteMs, ports.aborted)
  const shown = await until(id, appearMs, ({ input }) => input === 'draft', ports)
  if (shown === null) return outcome('unsubmitted', 'the text has not appeared in its prompt')
  // The first Enter is lost when the program takes it for a part of the paste.
  for (const waitMs of takenMs) {
    submittedAt ??= ports.now()
    if (!(await ports.press(unit, ['Enter'], manners.dialog)))
      return outcome('unsubmitted', 'a dialog has come up; the text is still in its prompt')
    // Seen twice: a screen that is just being drawn may look as if it had no prompt.
    const taken = await until(id, waitMs, ({ input }) => input !== 'draft', ports, 2)
    if (taken !== null) return outcome(busy && taken.activity === 'busy' ? 'queued' : 'accepted')
  }
  return outcome('unsubmitted', 'it has not taken the text, which is still in its prompt')
}

/** Waits for a start or an interruption to end; everything else is as it is. */
async function untilReady(prompt: Prompt, manners: PromptManners, ports: DeliverPorts): Promise<Ready> {
  const startBy = ports.now() + startMs
  let drawnBy: number | null = null
  let interruptBy: number | null = null
  let drafts = 0
  let cleared = false
  for (;;) {
    const { state, unit, reading } = await ports.look(prompt.id)
    drafts = reading?.input === 'draft' ? drafts + 1 : 0
    if (unit === null || (state !== 'running' && state !== 'starting'))
      return refused(`it is not running (${state})`)
    if (ports.aborted.aborted) return refused('interrupted')
    const activity = reading?.activity ?? 'starting'
    if (activity === 'idle') drawnBy ??= ports.now() + drawMs
    if (activity === 'starting') {
      if (ports.now() > startBy) return refused('it has not become ready')
    } else if (
      activity === 'idle' &&
      reading?.input !== 'empty' &&
      interruptBy === null &&
      ports.now() < (drawnBy ?? 0)
    ) {
      // Looked at once more, below.
    } else if (activity === 'busy' && prompt.whenBusy === 'interrupt') {
      if (interruptBy === null) await interrupt(unit, manners, ports)
      interruptBy ??= ports.now() + interruptMs
      if (ports.now() > interruptBy) return refused('it goes on with its turn')
    } else if (interruptBy !== null && reading?.input === 'draft' && !cleared) {
      // Some put the prompt of a turn that has not begun to answer back where it was typed. Seen twice: a Ctrl-C
      // without a draft would end them.
      if (drafts >= 2) {
        await ports.press(unit, ['C-c'], manners.dialog)
        cleared = true
      }
      await ports.sleep(pollMs * 4, ports.aborted)
    } else return reading === null ? refused('it cannot be read') : readiness(unit, reading, prompt.whenBusy)
    await ports.sleep(pollMs * 2, ports.aborted)
  }
}

/** ms; two Escapes at once are taken for another key. */
const keyGapMs = 300

async function interrupt(unit: Observation, manners: PromptManners, ports: DeliverPorts): Promise<void> {
  for (const key of manners.interrupt) {
    await ports.press(unit, [key], manners.dialog)
    await ports.sleep(keyGapMs, ports.aborted)
  }
}

function readiness(
  unit: Observation,
  { activity, detail, input }: ActivityReading,
  whenBusy: Prompt['whenBusy'],
): Ready {
  const why = detail === null ? '' : `: ${detail}`
  if (activity === 'waiting') return refused(`it waits for an answer${why}`)
  if (activity === 'busy' && whenBusy !== 'queue') return refused(`it is busy${why}`)
  if (activity === 'unknown') return refused('what it does is not known')
  if (input === 'none')
    return refused(activity === 'blocked' ? `it is blocked${why}` : 'its prompt is not on the screen')
  if (input === 'shell') return refused('its prompt is in shell mode, where a text would be run as a command')
  if (input === 'draft') return refused('its prompt holds a text that nobody has submitted')
  return { kind: 'ready', unit, busy: activity === 'busy' }
}

function refused(reason: string): Ready {
  return { kind: 'refused', reason }
}

/** The first reading that is as wanted `times` on end; null: none was, in time. */
async function until(
  id: AgentId,
  ms: number,
  wanted: (reading: ActivityReading) => boolean,
  ports: DeliverPorts,
  times = 1,
): Promise<ActivityReading | null> {
  const deadline = ports.now() + ms
  for (let seen = 0; ; ) {
    const { reading } = await ports.look(id)
    seen = reading !== null && wanted(reading) ? seen + 1 : 0
    if (reading !== null && seen >= times) return reading
    if (seen === 0 && ports.now() > deadline) return null
    await ports.sleep(pollMs)
  }
}
