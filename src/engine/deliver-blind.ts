import type { Delivered } from '../model/delivery.ts'
import type { Observation } from '../model/unit.ts'
import type { DeliverPorts, Prompt } from './deliver.ts'

export interface BlindPorts extends Pick<DeliverPorts, 'look' | 'paste' | 'press' | 'now' | 'sleep'> {
  /** Name of the shell that would run the text as commands; null: it is none. */
  readonly shell: (unit: Observation) => Promise<string | null>
  /** Changes with everything that the terminal shows. */
  readonly shown: (unit: Observation) => string
}

/** ms. */
const settleMs = 150
const reactionMs = 2_000
const pollMs = 20

/** Types a line into a program that does not say what it does: it has taken it when it shows something in return. */
export async function deliverBlind({ id, text }: Prompt, ports: BlindPorts): Promise<Delivered> {
  const refused = (reason: string): Delivered => ({ id, delivery: 'refused', reason, submittedAt: null })
  const { state, unit } = await ports.look(id)
  if (unit === null || state !== 'running') return refused(`it is not running (${state})`)
  const shell = await ports.shell(unit)
  if (shell !== null) return refused(`it is a shell (${shell}), which would run the text as commands`)
  await ports.paste(unit, text, null)
  await ports.sleep(settleMs)
  const before = ports.shown(unit)
  const submittedAt = ports.now()
  await ports.press(unit, ['Enter'], null)
  const deadline = ports.now() + reactionMs
  while (ports.now() < deadline) {
    if (ports.shown(unit) !== before) return { id, delivery: 'accepted', reason: null, submittedAt }
    await ports.sleep(pollMs)
  }
  return { id, delivery: 'unsubmitted', reason: 'it shows no reaction', submittedAt }
}
