import type { AgentState, AgentStatus } from '../model/status.ts'
import { humanAge, safeText } from './human.ts'
import type { Paint, Style } from './style.ts'
import { alignedTable, type Cell, type Column } from './table.ts'

export interface PsOptions {
  /** ms since the epoch. */
  readonly now: number
  /** Columns of the screen; null: no limit. */
  readonly width: number | null
  readonly style: Style
}

/** The table of `team ps`, in the order of the rows. */
export function psTable(rows: readonly AgentStatus[], options: PsOptions): string {
  if (rows.length === 0) return 'No agents are running. Start them with: team up'
  const { style } = options
  const columns: (Column & { readonly cell: (row: AgentStatus) => Cell })[] = [
    { title: 'AGENT', dropOrder: null, cell: (row) => plain(row.id) },
    { title: 'ROLE', dropOrder: 4, cell: (row) => plain(row.role) },
    { title: 'RUNTIME', dropOrder: 5, cell: (row) => plain(row.runtime) },
    {
      title: 'STATE',
      dropOrder: null,
      cell: (row) => ({ text: row.state, paint: statePaint(row.state, style) }),
    },
    { title: 'ACTIVITY', dropOrder: 1, cell: (row) => activityCell(row, options) },
    { title: 'UPTIME', dropOrder: 2, cell: (row) => plain(uptime(row, options.now)) },
    { title: 'RESTARTS', dropOrder: 3, cell: (row) => plain(String(row.restarts)) },
    { title: 'PID', dropOrder: 6, cell: (row) => plain(row.pid === null ? null : String(row.pid)) },
    { title: 'NOTE', dropOrder: null, cell: (row) => ({ text: note(row), paint: notePaint(row, style) }) },
  ]
  const shown = columns.filter(({ title }) => {
    if (title === 'ACTIVITY') return rows.some((row) => row.activity !== null)
    if (title === 'NOTE') return rows.some((row) => note(row) !== '')
    return true
  })
  return alignedTable(
    shown,
    rows.map((row) => shown.map((column) => column.cell(row))),
    { width: options.width, style },
  )
}

/** What `team ps -q` prints: one id a line. */
export function psIds(rows: readonly AgentStatus[]): string {
  return rows.map((row) => row.id).join('\n')
}

/** Colour of a state, the same in every view. */
export function statePaint(state: AgentState, style: Style): Paint {
  switch (state) {
    case 'running':
      return style.ok
    case 'starting':
    case 'restarting':
    case 'unknown':
      return style.warn
    case 'failed':
      return style.bad
    case 'exited':
    case 'stopped':
      return style.dim
    default:
      return state satisfies never
  }
}

/** What one must act on, with what to type; empty when all is well. */
function note(row: AgentStatus): string {
  const notes: string[] = []
  if (row.state === 'failed') notes.push(`${lastExit(row) ?? 'its end was not seen'}: team logs ${row.id}`)
  if (row.state === 'restarting') notes.push(lastExit(row) ?? 'ended')
  if (row.activityDetail !== null) notes.push(row.activityDetail)
  if (row.state === 'unknown') notes.push('could not be read: team doctor')
  if (row.orphan) notes.push('orphan: run team reload')
  // What has failed takes up the new file anyway, once it is started.
  else if (row.upToDate === false && row.state !== 'failed') notes.push('changed: run team reload')
  return notes.map(safeText).join('; ')
}

function lastExit(row: AgentStatus): string | null {
  if (row.exitReason === 'oom') return 'SIGKILL, out of memory (oom)'
  if (row.exitSignal !== null) return row.exitSignal
  return row.exitCode === null ? null : `exit ${row.exitCode}`
}

function notePaint(row: AgentStatus, style: Style): Paint {
  return row.state === 'failed' ? style.bad : style.warn
}

function activityCell(row: AgentStatus, { now, style }: PsOptions): Cell {
  const paint = row.activity === 'blocked' ? style.bad : row.activity === 'waiting' ? style.warn : null
  const since = row.activitySince === null ? null : humanAge(Math.max(0, now - Date.parse(row.activitySince)))
  return { ...plain([row.activity, since].filter((text) => text !== null).join(' ')), paint }
}

function uptime(row: AgentStatus, now: number): string | null {
  if (row.uptimeMs !== null) return humanAge(row.uptimeMs)
  const isUp = row.state === 'running' || row.state === 'starting'
  const started = row.startedAt === null ? Number.NaN : Date.parse(row.startedAt)
  return isUp && !Number.isNaN(started) ? humanAge(now - started) : null
}

function plain(value: string | null): Cell {
  return { text: value === null || value === '' ? '-' : safeText(value), paint: null }
}
