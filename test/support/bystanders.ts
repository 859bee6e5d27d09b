import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LoggedEvent, readLines } from './agent-log.ts'
import { isAlive } from './census.ts'
import { fixtures } from './sandbox.ts'
import { waitFor } from './wait-for.ts'

/** Everything that can be caught: a process that gets one of these says so in its log. */
const catchable = 'HUP,INT,QUIT,TERM,USR1,USR2,CONT,ALRM,PIPE,WINCH,TSTP'

/** Processes that look like agents and belong to none: nobody may signal them. */
export interface Bystanders {
  /** What has reached them, and which of them do not run any more. */
  harm(): readonly string[]
  dispose(): void
}

interface Disguise {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Starts one process for each disguise, each with a child, in a process group of its own. */
export async function startBystanders(disguises: readonly Disguise[]): Promise<Bystanders> {
  const dir = mkdtempSync(join(tmpdir(), 'tb-'))
  const logs = disguises.map((_, index) => join(dir, `${index}.jsonl`))
  const pids: number[] = []
  disguises.forEach(({ file, args, cwd, env }, index) => {
    const log = logs[index] ?? ''
    const child = spawn(process.execPath, [join(fixtures, file), ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: '/', ...env, FAKE_LOG: log },
      detached: true,
      stdio: 'ignore',
    })
    if (child.pid !== undefined) pids.push(child.pid)
  })
  const events = (): readonly LoggedEvent[] => logs.flatMap(readLines)
  await waitFor('the bystanders', () => {
    const ready = events().filter(({ event }) => event === 'ready').length
    return ready === disguises.length && children().length === disguises.length
  })
  pids.push(...children())

  function children(): readonly number[] {
    return events().flatMap(({ child }) => child ?? [])
  }

  return {
    harm: () => [
      ...events()
        .filter(({ event }) => event === 'signal')
        .map(({ pid, signal }) => `${pid} got ${signal}`),
      ...pids.filter((pid) => !isAlive(pid)).map((pid) => `${pid} has ended`),
      ...pids.filter(isStopped).map((pid) => `${pid} is stopped`),
    ],
    dispose() {
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function isStopped(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [Tt]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Arguments of a fake agent that logs every signal and ends on none. */
export const watchful: readonly string[] = ['--never', '--ignore', catchable, '--setsid-child']
