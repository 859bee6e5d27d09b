import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixtures, type Sandbox } from './sandbox.ts'
import type { AgentKeys } from './team-file.ts'
import { waitFor } from './wait-for.ts'

/** One line of a fake agent's log. */
export interface LoggedEvent {
  readonly time: number
  readonly event: string
  readonly pid: number
  /** Of `child`: the child's pid. */
  readonly child?: number
  readonly key?: string
  readonly signal?: string
  readonly [detail: string]: unknown
}

/** An agent that runs a fixture with these arguments; its log is found by its id. */
export function fixtureAgent(
  sandbox: Sandbox,
  id: string,
  [file, ...args]: readonly [string, ...string[]],
  keys: AgentKeys = {},
): AgentKeys {
  mkdirSync(join(sandbox.dir, 'logs'), { recursive: true })
  return {
    command: [process.execPath, join(fixtures, file), ...args],
    ...keys,
    env: { FAKE_LOG: agentLogPath(sandbox, id) },
  }
}

function agentLogPath(sandbox: Sandbox, id: string): string {
  return join(sandbox.dir, 'logs', `${id}.jsonl`)
}

/** Complete lines of the log; none when there is no log yet. */
export function readLines(path: string): readonly LoggedEvent[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

export function agentLog(sandbox: Sandbox, id: string): readonly LoggedEvent[] {
  return readLines(agentLogPath(sandbox, id))
}

/** Waits until each log tells of `events`, that often at least. */
export async function untilLogged(
  sandbox: Sandbox,
  ids: readonly string[],
  event: string,
  times = 1,
): Promise<void> {
  const waiting = new Set(ids)
  await waitFor(
    `"${event}" in every log`,
    () => {
      for (const id of waiting) {
        if (agentLog(sandbox, id).filter((line) => line.event === event).length >= times) waiting.delete(id)
      }
      return waiting.size === 0
    },
    60_000,
  )
}
