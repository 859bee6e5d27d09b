import { type DrainStep, type SignalName, signalNames } from '../model/drain.ts'
import { parseDuration } from '../model/duration.ts'
import { isTmuxKey, splitTmuxKey, tmuxKeyNames } from '../model/tmux-key.ts'
import { failure, type Parsed, success } from './parsed.ts'
import { nearest } from './suggest.ts'

/** Keys that may be suggested: those that submit are none. */
const namedKeys = tmuxKeyNames.filter((name) => name !== 'Enter')

const signals: ReadonlySet<string> = new Set(signalNames)

const isSignal = (text: string): text is SignalName => signals.has(text)

const longestPauseMs = 600_000

/** One step of `drain.steps`: a pause (`500ms`), a signal (`SIGTERM`) or a tmux key (`Escape`, `C-c`, `q`). */
export function parseDrainStep(text: string): Parsed<DrainStep> {
  const ms = parseDuration(text)
  if (ms !== null && ms > longestPauseMs) return failure(`the pause "${text}" is too long; at most 10m`)
  if (ms !== null) return success({ kind: 'pause', ms })
  if (isSignal(text)) return success({ kind: 'signal', signal: text })
  const { modifiers, key } = splitTmuxKey(text)
  if (submits(modifiers, key))
    return failure(`"${text}" submits: in a permission dialog it would approve; end with C-c or a signal`)
  if (isTmuxKey(text)) return success({ kind: 'key', key: text })
  const near = nearest(text, [...namedKeys, ...signalNames]) ?? likelySignal(text)
  if (near !== null) return failure(`unknown step "${text}"; did you mean "${near}"?`)
  return failure(
    `"${text}" is no key, pause or signal: ending an agent never types text; a step is one key such as Escape or C-c, a pause such as 500ms or a signal such as SIGTERM`,
  )
}

function submits(modifiers: string, key: string): boolean {
  if (/^(?:kp)?enter$/i.test(key)) return true
  return modifiers.includes('C-') && /^[mj]$/i.test(key)
}

function likelySignal(text: string): SignalName | null {
  const name = `SIG${text.toUpperCase()}`
  return isSignal(name) ? name : null
}
