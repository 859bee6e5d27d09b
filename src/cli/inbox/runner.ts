import { serveInbox } from '../../engine/serve-inbox.ts'
import { ExitCode, TeamError } from '../../errors.ts'
import { createInboxStore } from '../../io/inbox-store.ts'
import { acquireLock } from '../../io/lock.ts'
import { activityReader } from '../activity.ts'
import { activityPorts } from '../activity-ports.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { openTeam, resolveCompose } from '../team.ts'
import { runnerLock } from './kick.ts'
import { inboxPorts } from './ports.ts'

/** ms until the next try, when the file is broken just now, or the supervisor does not answer. */
const retryMs = 2_000
const retries = 30

/** Brings messages until none waits that can be brought. One works for a team at a time; it outlives who started it. */
export const inboxRunner: Run = async ({ context }) => {
  const { stateDir } = await resolveCompose(context)
  const { stop } = context.interrupt
  let failures = 0
  while (!stop.aborted && failures < retries) {
    const release = await takeOver(stateDir, context)
    if (release === null) break
    try {
      await serve(context)
      failures = 0
    } catch (error) {
      failures += 1
      context.stderr.write(`inbox: ${error instanceof Error ? error.message : String(error)}\n`)
      await context.clock.sleep(retryMs, stop)
    } finally {
      release()
    }
    // Who has come while the lock was held relies on this look.
    if (failures === 0 && !(await hasWork(context))) break
  }
  return { exitCode: ExitCode.ok, json: undefined, human: () => '' }
}

/** null: another one is at work. */
async function takeOver(stateDir: string, { clock, processes }: Context): Promise<(() => void) | null> {
  try {
    return await acquireLock({
      path: runnerLock(stateDir),
      command: 'team send',
      waitMs: 0,
      clock,
      processes,
      interrupted: new AbortController().signal,
      onWait: () => undefined,
    })
  } catch (error) {
    if (error instanceof TeamError && error.code === 'locked') return null
    throw error
  }
}

async function serve(context: Context): Promise<void> {
  for (;;) {
    const team = await openTeam(context)
    const known = new Set(activityReader(team).ids)
    const ports = inboxPorts(team, activityPorts(team, context), context)
    // An agent that has been added to the file since: read it anew.
    if ((await serveInbox(known, ports, context.interrupt.stop)) !== 'unknown') return
  }
}

async function hasWork(context: Context): Promise<boolean> {
  const { stateDir } = await resolveCompose(context)
  const waiting = createInboxStore(stateDir).waiting()
  if (waiting.length === 0) return false
  const team = await openTeam(context)
  const known = new Set(activityReader(team).ids)
  const seen = await activityPorts(team, context).look()
  return waiting.some((id) => {
    const state = seen.get(id)?.state ?? 'stopped'
    return known.has(id) && state !== 'stopped' && state !== 'exited' && state !== 'failed'
  })
}
