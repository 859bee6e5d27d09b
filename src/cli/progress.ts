import type { AgentId } from '../model/agent.ts'
import type { ProgressEvent } from '../model/progress.ts'
import { createProgress, resolveProgressMode } from '../view/progress.ts'
import type { Context } from './context.ts'

const tickMs = 100

/** The progress display on stderr, and the message of the first Ctrl-C, which names who is still up. */
export function startProgress(
  title: string,
  context: Context,
): { event: (event: ProgressEvent) => void; stop: () => void } {
  const { globals, stderr, errorStyle: style, clock, env, interrupt } = context
  const mode =
    globals.quiet && globals.progress === 'auto'
      ? 'quiet'
      : resolveProgressMode(globals.progress, stderr.isTty, env)
  const lines = gather(stderr.write)
  const display = createProgress(
    mode,
    { write: lines.write, columns: stderr.columns, rows: stderr.rows, now: clock.now, style },
    { title, total: null },
  )
  const timer = mode === 'tty' ? setInterval(display.tick, tickMs) : null
  const draining = new Set<AgentId>()
  interrupt.onFirst = (pressAgainMs) => {
    if (draining.size === 0) return false
    const seconds = pressAgainMs / 1000
    lines.write(
      `\nstill up: ${[...draining].join(', ')}\npress Ctrl-C again within ${seconds}s to kill; else they are left to end by themselves\n`,
    )
    return true
  }
  return {
    event(event) {
      if (event.phase === 'draining') draining.add(event.id)
      else if (event.phase !== 'killing') draining.delete(event.id)
      display.event(event)
    },
    stop() {
      if (timer !== null) clearInterval(timer)
      interrupt.onFirst = null
      display.stop()
      lines.flush()
    },
  }
}

/** What is told in one go is written in one: 50 lines of their own take several ms. */
function gather(write: (text: string) => void): { write: (text: string) => void; flush: () => void } {
  let waiting = ''
  const flush = (): void => {
    if (waiting !== '') write(waiting)
    waiting = ''
  }
  return {
    write(text) {
      if (waiting === '') queueMicrotask(flush)
      waiting += text
    },
    flush,
  }
}
