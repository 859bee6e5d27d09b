import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createInboxStore } from '../../io/inbox-store.ts'
import { lockHolder } from '../../io/lock.ts'
import type { Context } from '../context.ts'
import { resolveCompose } from '../team.ts'

/** Held by the one process that brings messages. */
export const runnerLock = (stateDir: string): string => `${stateDir}/inbox/runner.lock`

/** Variables that would make the runner a part of the agent, task or process that started it. */
const marks = ['TEAM_UNIT', 'TEAM_TASK_ID', 'TEAM_PROCESS_ID', 'TEAM_AGENT', 'TEAM_SESSION_ID']

/**
 * Starts the process that brings messages, where some wait and none is at work. Whoever is at work looks once more after
 * it has let go of the lock: a message that is written before this call is seen by the one or the other.
 */
export async function startInboxRunner(context: Context): Promise<void> {
  const { compose, stateDir, env } = await resolveCompose(context)
  if (createInboxStore(stateDir).waiting().length === 0) return
  if (lockHolder(runnerLock(stateDir), context.processes) !== null) return
  const own = Object.entries(env).filter(([name]) => !marks.includes(name))
  const output = openSync(`${stateDir}/background.log`, 'a', 0o600)
  const [program = ''] = process.argv.slice(1)
  const files = compose.files.flatMap((file) => ['-f', file])
  const child = spawn(process.execPath, [program, ...files, '__inbox'], {
    cwd: '/',
    env: { ...Object.fromEntries(own), TEAM_STATE_DIR: stateDir },
    detached: true,
    stdio: ['ignore', 'ignore', output],
  })
  child.on('error', () => undefined)
  child.unref()
  closeSync(output)
}
