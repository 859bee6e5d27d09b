import type { Interrupt } from './context.ts'

/** How long the second Ctrl-C is waited for before the command stops waiting for its agents. ms. */
const pressAgainMs = 3_000

/** As much of the process as is needed here. */
interface SignalSource {
  on(signal: string, listener: () => void): unknown
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into the two steps of an interruption. Only from the first look at it on:
 * a command that never asks is ended by the signal, as any program, even while it is stuck in a system call.
 */
export function listenForInterrupts(source: SignalSource): Interrupt {
  const stop = new AbortController()
  const force = new AbortController()
  let pressed = 0
  let listening = false
  const listen = (): void => {
    if (listening) return
    listening = true
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, press)
  }
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
  const interrupt: Interrupt = {
    get stop() {
      listen()
      return stop.signal
    },
    get force() {
      listen()
      return force.signal
    },
    onFirst: null,
    handOver() {
      // What the terminal sends goes to both. A SIGTERM or SIGHUP is meant for this process.
      for (const signal of ['SIGINT', 'SIGQUIT'] as const) source.on(signal, () => undefined)
    },
  }
  return interrupt
}
