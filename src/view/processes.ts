import type { Job } from '../model/job.ts'
import { humanAge, safeText } from './human.ts'
import type { Style } from './style.ts'
import { alignedTable, type Cell } from './table.ts'

export type ProcessState = 'running' | 'exited' | 'killed' | 'lost'

/** What `--json` shows of a process. Unknown values are null. */
export interface ProcessJson {
  readonly id: string
  readonly owner: string | null
  readonly command: readonly string[]
  readonly pid: number | null
  readonly state: ProcessState
  readonly exitCode: number | null
  readonly exitSignal: string | null
  readonly startedAt: string | null
  readonly uptimeMs: number | null
}

export function processState({ end }: Pick<Job, 'end'>): ProcessState {
  if (end === null) return 'running'
  switch (end.outcome) {
    case 'completed':
    case 'failed':
      return 'exited'
    case 'cancelled':
    case 'timed_out':
      return 'killed'
    case 'lost':
      return 'lost'
    default:
      return end.outcome satisfies never
  }
}

export function processJson(job: Job, now: number): ProcessJson {
  const { record, child, end } = job
  const until = end === null ? now : Date.parse(end.finishedAt)
  return {
    id: record.id,
    owner: record.agent,
    command: record.command,
    pid: child?.pid ?? null,
    state: processState(job),
    exitCode: end?.exitCode ?? null,
    exitSignal: end?.exitSignal ?? null,
    startedAt: child?.startedAt ?? null,
    uptimeMs: child === null ? null : Math.max(0, until - Date.parse(child.startedAt)),
  }
}

export function processesTable(
  jobs: readonly Job[],
  options: { readonly now: number; readonly width: number | null; readonly style: Style },
): string {
  if (jobs.length === 0) return 'No processes. Start one with: team process start -- COMMAND'
  const columns = ['ID', 'OWNER', 'STATE', 'PID', 'UPTIME', 'COMMAND'].map((title) => ({
    title,
    dropOrder: null,
  }))
  const plain = (text: string): Cell => ({ text: safeText(text), paint: null })
  const rows = jobs.map((job) => {
    const { id, owner, command, pid, state, exitCode, exitSignal, uptimeMs } = processJson(job, options.now)
    const how = exitSignal ?? exitCode
    return [
      plain(id),
      plain(owner ?? '-'),
      plain(how === null ? state : `${state} (${how})`),
      plain(pid === null ? '-' : String(pid)),
      plain(uptimeMs === null ? '-' : humanAge(uptimeMs)),
      plain(command.join(' ').slice(0, 60)),
    ]
  })
  return alignedTable(columns, rows, options)
}
