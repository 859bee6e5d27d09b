import { renameSync } from 'node:fs'
import type { AgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import { type RuntimeKind, runtimeKinds } from '../model/runtime.ts'
import { readIfExists, unwritable, writeAtomic } from './files.ts'

/** The conversation that the tasks of an agent go on with: apart from that of its terminal, which another program writes. */
export interface TaskSession {
  readonly runtime: RuntimeKind
  readonly id: string
}

const fileOf = (stateDir: string): string => `${stateDir}/tasks/sessions.json`

/** Never throws: what cannot be read is not known. */
export function readTaskSessions(stateDir: string): Readonly<Record<AgentId, TaskSession>> {
  return parsed(stateDir) ?? {}
}

/** null: it is damaged. */
function parsed(stateDir: string): Readonly<Record<AgentId, TaskSession>> | null {
  try {
    const value: unknown = JSON.parse(readIfExists(fileOf(stateDir)) ?? '{}')
    if (!isRecord(value)) return null
    return Object.fromEntries(
      Object.entries(value).flatMap(([agent, entry]) => {
        if (!isRecord(entry) || typeof entry.id !== 'string') return []
        const runtime = runtimeKinds.find((kind) => kind === entry.runtime)
        return runtime === undefined ? [] : [[agent, { runtime, id: entry.id }]]
      }),
    )
  } catch {
    return null
  }
}

/** The caller holds the lock of the tasks. null: the next task begins a new one. @throws TeamError `state-unwritable` */
export function rememberTaskSession(
  stateDir: string,
  agent: AgentId | null,
  session: TaskSession | null,
): void {
  if (agent === null) return
  const known = parsed(stateDir)
  // What the others went on with may still be read out of it by hand: it is not written over.
  if (known === null) moveAside(fileOf(stateDir))
  const { [agent]: _before, ...others } = known ?? {}
  const next = session === null ? others : { ...others, [agent]: session }
  writeAtomic(fileOf(stateDir), `${JSON.stringify(next, null, 1)}\n`)
}

function moveAside(path: string): void {
  try {
    renameSync(path, `${path}.corrupt-${Date.now()}`)
  } catch (error) {
    throw unwritable(path, error)
  }
}
