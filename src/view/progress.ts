import type { ProgressEvent } from '../model/progress.ts'
import { safeText } from './human.ts'
import type { Progress, ProgressIo, ProgressJob } from './progress-display.ts'
import { createTtyProgress } from './progress-tty.ts'
import { type Environment, terminalObeysEscapes } from './style.ts'

export type ProgressMode = 'tty' | 'plain' | 'json' | 'quiet'

/** How a command shows what it is doing. */
export function createProgress(mode: ProgressMode, io: ProgressIo, job: ProgressJob): Progress {
  switch (mode) {
    case 'tty':
      return createTtyProgress(io, job)
    case 'plain':
      return createPlainProgress(io)
    case 'json':
      return createJsonProgress(io)
    case 'quiet':
      return { event: nothing, tick: nothing, stop: nothing }
    default:
      return mode satisfies never
  }
}

/** `auto` is a live display on a capable terminal, except in CI, where it would only fill a log. */
export function resolveProgressMode(
  flag: ProgressMode | 'auto',
  isTty: boolean,
  env: Environment,
): ProgressMode {
  if (flag !== 'auto') return flag
  const inCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false' && env.CI !== '0'
  return isTty && terminalObeysEscapes(env) && !inCi ? 'tty' : 'plain'
}

function nothing(): void {}

/** One line when an agent enters a phase, as it happens. */
function createPlainProgress(io: ProgressIo): Progress {
  const phases = new Map<string, ProgressEvent['phase']>()
  return {
    event({ id, phase, detail }) {
      // Nothing happens to an agent that is kept: of 50 lines the few that matter must stand out.
      if (phase === 'kept' || phases.get(id) === phase) return
      phases.set(id, phase)
      io.write(`${id} ${phase}${detail === null ? '' : `: ${safeText(detail)}`}\n`)
    },
    tick: nothing,
    stop: nothing,
  }
}

function createJsonProgress(io: ProgressIo): Progress {
  return {
    event({ id, phase, detail }) {
      io.write(`${JSON.stringify({ time: new Date(io.now()).toISOString(), id, phase, detail })}\n`)
    },
    tick: nothing,
    stop: nothing,
  }
}
