import { fileRecords } from '../io/records.ts'
import type { AgentStatus } from '../model/status.ts'
import { psTable } from '../view/ps.ts'
import type { Context } from './context.ts'
import type { Team } from './team.ts'

/** Uptimes move on even when nothing happens. ms. */
const refreshMs = 2_000

/** Shows the rows again when a wrapper reports, and every few seconds, until interrupted. */
export async function watchPs(
  team: Team,
  context: Context,
  rows: () => Promise<readonly AgentStatus[]>,
): Promise<void> {
  let wake = new AbortController()
  const stopWatching = fileRecords.watch(
    team.wanted.map(({ agentDir }) => agentDir),
    () => wake.abort(),
  )
  const interrupted = () => wake.abort()
  context.interrupt.stop.addEventListener('abort', interrupted)
  let lastJson = ''
  try {
    while (!context.interrupt.stop.aborted) {
      const shown = await rows()
      if (context.globals.json) {
        // JSON Lines: one array whenever something but the uptime has changed.
        const comparable = JSON.stringify(shown.map((row) => ({ ...row, uptimeMs: null })))
        if (comparable !== lastJson) context.stdout.write(`${JSON.stringify(shown)}\n`)
        lastJson = comparable
      } else {
        const table = psTable(shown, {
          now: context.clock.now(),
          width: context.stdout.columns() || null,
          style: context.style,
        })
        context.stdout.write(context.stdout.isTty ? `\u001b[H\u001b[2J${table}\n` : `${table}\n\n`)
      }
      await context.clock.sleep(refreshMs, wake.signal)
      wake = new AbortController()
    }
  } finally {
    stopWatching()
    context.interrupt.stop.removeEventListener('abort', interrupted)
  }
}
