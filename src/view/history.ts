import type { AgentId } from '../model/agent.ts'
import type { RunStatus } from '../model/history.ts'
import type { JobKind, TaskStatus } from '../model/job.ts'
import { humanAge, humanElapsed, safeText } from './human.ts'
import type { ProcessState } from './processes.ts'
import type { Paint, Style } from './style.ts'
import { alignedTable, type Cell } from './table.ts'

/** One past or present run, of whatever kind. Unknown values are null, times ISO 8601 UTC. */
export interface HistoryEntry {
  readonly kind: 'agent' | JobKind
  /** Of a task or a process. */
  readonly id: string | null
  readonly agent: AgentId | null
  readonly status: RunStatus | TaskStatus | ProcessState
  readonly reason: string | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly durationMs: number | null
  readonly exitCode: number | null
  readonly exitSignal: string | null
  /** The beginning of the prompt, or the command; null: an agent's own. */
  readonly what: string | null
}

const bad: readonly HistoryEntry['status'][] = ['failed', 'lost', 'timed_out', 'unknown']
const forced: readonly HistoryEntry['status'][] = ['killed', 'cancelled']

export function historyTable(
  entries: readonly HistoryEntry[],
  options: { readonly now: number; readonly width: number | null; readonly style: Style },
): string {
  if (entries.length === 0) return 'Nothing has run yet.'
  const titles = ['AGENT', 'KIND', 'STATUS', 'STARTED', 'TOOK', 'EXIT', 'WHAT']
  const columns = titles.map((title) => ({ title, dropOrder: title === 'EXIT' ? 1 : null }))
  const plain = (text: string): Cell => ({ text: safeText(text), paint: null })
  const rows = entries.map((entry) => [
    plain(entry.agent ?? '-'),
    plain(entry.kind),
    { text: entry.status, paint: paintOf(entry.status, options.style) },
    plain(entry.startedAt === null ? '-' : `${humanAge(options.now - Date.parse(entry.startedAt))} ago`),
    plain(entry.durationMs === null ? '-' : humanElapsed(entry.durationMs)),
    plain(entry.exitSignal ?? (entry.exitCode === null ? '-' : String(entry.exitCode))),
    plain([entry.id, entry.what].flatMap((text) => text ?? []).join(' ') || '-'),
  ])
  return alignedTable(columns, rows, options)
}

function paintOf(status: HistoryEntry['status'], style: Style): Paint {
  if (bad.includes(status)) return style.bad
  if (forced.includes(status)) return style.warn
  return status === 'running' ? style.ok : (text) => text
}
