import type { AgentId } from '../model/agent.ts'
import { isRecord } from '../model/json.ts'
import { type RuntimeKind, runtimeKinds } from '../model/runtime.ts'
import { readIfExists, writeAtomic } from './files.ts'

/** The conversation that the tasks of an agent go on with: apart from that of its terminal, which another program writes. */
export interface TaskSession {
  readonly runtime: RuntimeKind
  readonly id: string
}

const fileOf = (stateDir: string): string => `${stateDir}/tasks/sessions.json`

/** Never throws: what cannot be read is not known. */
export function readTaskSessions(stateDir: string): Readonly<Record<AgentId, TaskSession>> {
  try {
    const value: unknown = JSON.parse(readIfExists(fileOf(stateDir)) ?? '{}')
    if (!isRecord(value)) return {}
    return Object.fromEntries(
      Object.entries(value).flatMap(([agent, entry]) => {
        if (!isRecord(entry) || typeof entry.id !== 'string') return []
        const runtime = runtimeKinds.find((kind) => kind === entry.runtime)
        return runtime === undefined ? [] : [[agent, { runtime, id: entry.id }]]
      }),
    )
  } catch {
    return {}
  }
}

/** The caller holds the lock of the tasks. null: the next task begins a new one. @throws TeamError `state-unwritable` */
export function rememberTaskSession(
  stateDir: string,
  agent: AgentId | null,
  session: TaskSession | null,
): void {
  if (agent === null) return
  const { [agent]: _before, ...others } = readTaskSessions(stateDir)
  const next = session === null ? others : { ...others, [agent]: session }
  writeAtomic(fileOf(stateDir), `${JSON.stringify(next, null, 1)}\n`)
}
