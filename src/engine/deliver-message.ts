import type { AgentId } from '../model/agent.ts'
import type { PromptManners } from '../model/delivery.ts'
import { type InboxEntry, type Message, type Sending, typedText } from '../model/message.ts'
import { type DeliverPorts, deliver } from './deliver.ts'
import { promptHolds } from './own-draft.ts'
import type { SeenAgent } from './watch-activity.ts'

export interface MessagePorts extends DeliverPorts {
  /** Was it told that text since then (ms since the epoch)? null: its conversation cannot be read. */
  readonly asked: (id: AgentId, text: string, since: number) => boolean | null
  /** Writes down what is about to be done, so that whoever comes after a crash knows. */
  readonly mark: (message: Message, sending: Sending | null) => void
}

export type MessageResult =
  | { readonly kind: 'delivered'; readonly at: number }
  /** It may have been submitted, and nothing tells. */
  | { readonly kind: 'unsure'; readonly reason: string }
  /** Not now: nothing was submitted. */
  | { readonly kind: 'later'; readonly reason: string }

/** How often a text is typed, or submitted, that is not taken. */
const attempts = 3
/** ms for Enter to be obeyed. */
const takenMs = 10_000
/** ms that a submitted text takes at most to stand in the conversation of an agent that is idle again. */
const writtenMs = 5_000
const pollMs = 100

/**
 * Brings one message to an agent that is idle; never a second time what may have been submitted. What is done is
 * written down before: an attempt that was cut short (`sending`) is taken up by what the terminal and the conversation show.
 */
export async function deliverMessage(
  { message, sending }: InboxEntry,
  manners: PromptManners,
  ports: MessagePorts,
): Promise<MessageResult> {
  if (sending === null) return type(message, null, manners, ports)
  const text = typedText(message)
  if (ports.asked(message.to, text, sending.since) === true) return { kind: 'delivered', at: sending.at }
  const seen = await ports.look(message.to)
  const input = seen.reading?.input ?? 'none'
  if (input === 'draft') return submitDraft(message, sending, seen, manners, ports)
  if (input === 'none') return later('its prompt is not on the screen')
  // Enter was not pressed yet: what was typed is gone, or never came.
  if (sending.phase === 'typing') return type(message, sending, manners, ports)
  return (await untilAsked(message, sending.since, ports))
    ? { kind: 'delivered', at: sending.at }
    : unsure('it was cut short while it was submitted, and the conversation does not tell')
}

/** From the beginning; `before`: the attempt that has failed. */
async function type(
  message: Message,
  before: Sending | null,
  manners: PromptManners,
  ports: MessagePorts,
): Promise<MessageResult> {
  const attempt = before?.attempt ?? 1
  const since = ports.now()
  const mark = (phase: Sending['phase']) => ports.mark(message, { phase, since, at: ports.now(), attempt })
  const outcome = await deliver({ id: message.to, text: typedText(message), whenBusy: 'refuse' }, manners, {
    ...ports,
    paste: (unit, text, unless) => {
      mark('typing')
      return ports.paste(unit, text, unless)
    },
    press: (unit, keys, unless) => {
      mark('submitting')
      return ports.press(unit, keys, unless)
    },
  })
  switch (outcome.delivery) {
    case 'accepted':
    case 'queued':
      return { kind: 'delivered', at: outcome.submittedAt ?? ports.now() }
    case 'refused':
      ports.mark(message, null)
      return later(outcome.reason ?? 'it was refused')
    case 'unsubmitted': {
      const phase = outcome.submittedAt === null ? 'typing' : 'submitting'
      return failed(
        message,
        { phase, since, at: ports.now(), attempt },
        outcome.reason ?? 'it was not taken',
        ports,
      )
    }
    default:
      return outcome.delivery satisfies never
  }
}

/** Submits what an earlier attempt has typed; what somebody else has typed is left alone. */
async function submitDraft(
  message: Message,
  sending: Sending,
  { unit }: SeenAgent,
  manners: PromptManners,
  ports: MessagePorts,
): Promise<MessageResult> {
  const look = unit?.look ?? null
  if (unit === null || look === null || !promptHolds(look, typedText(message)))
    return later('its prompt holds another text that nobody has submitted')
  const pressedAt = ports.now()
  ports.mark(message, { ...sending, phase: 'submitting', at: pressedAt })
  if (!(await ports.press(unit, ['Enter'], manners.dialog))) return later('a dialog has come up')
  // Seen twice: a screen that is just being drawn may look as if it had no prompt.
  for (let gone = 0; ports.now() < pressedAt + takenMs; ) {
    const { reading } = await ports.look(message.to)
    gone = reading !== null && reading.input !== 'draft' ? gone + 1 : 0
    if (gone >= 2) return { kind: 'delivered', at: pressedAt }
    await ports.sleep(pollMs)
  }
  return failed(
    message,
    { ...sending, phase: 'submitting', at: ports.now() },
    'it has not taken the text',
    ports,
  )
}

function failed(message: Message, sending: Sending, reason: string, ports: MessagePorts): MessageResult {
  if (sending.attempt >= attempts) return unsure(`${reason} (tried ${attempts} times)`)
  ports.mark(message, { ...sending, attempt: sending.attempt + 1 })
  return later(reason)
}

async function untilAsked(message: Message, since: number, ports: MessagePorts): Promise<boolean> {
  const deadline = ports.now() + writtenMs
  for (;;) {
    const asked = ports.asked(message.to, typedText(message), since)
    if (asked !== false || ports.now() > deadline) return asked === true
    await ports.sleep(pollMs)
  }
}

function later(reason: string): MessageResult {
  return { kind: 'later', reason }
}

function unsure(reason: string): MessageResult {
  return { kind: 'unsure', reason }
}
