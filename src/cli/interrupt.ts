import type { Interrupt } from './context.ts'

/** How long the second Ctrl-C is waited for before the command stops waiting for its agents. ms. */
export const pressAgainMs = 3_000

/** Turns SIGINT, SIGTERM and SIGHUP into the two steps of an interruption. */
export function listenForInterrupts(source: Pick<NodeJS.Process, 'on'>): Interrupt {
  const stop = new AbortController()
  const force = new AbortController()
  let pressed = 0
  const interrupt: Interrupt = { stop: stop.signal, force: force.signal, onFirst: null }
  const press = (): void => {
    pressed += 1
    if (pressed > 1) {
      force.abort()
      stop.abort()
      return
    }
    const drains = interrupt.onFirst?.(pressAgainMs) ?? false
    if (drains) setTimeout(() => stop.abort(), pressAgainMs).unref()
    else stop.abort()
  }
  source.on('SIGINT', press)
  source.on('SIGTERM', press)
  source.on('SIGHUP', press)
  return interrupt
}
