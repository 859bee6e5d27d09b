import type { AgentId } from '../model/agent.ts'
import type { ProgressEvent, ProgressPhase } from '../model/progress.ts'
import { humanElapsed, safeText } from './human.ts'
import type { Progress, ProgressIo, ProgressJob } from './progress-display.ts'
import type { Paint } from './style.ts'
import { displayWidth, pad, truncate } from './width.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const frameMs = 100
/** What is done sooner is not worth a flicker. */
const patienceMs = 1_000

interface Work {
  readonly event: ProgressEvent
  readonly startedAt: number
}

interface Line {
  readonly painted: string
  readonly width: number
}

/** A few lines redrawn in place: what takes long, with a spinner and the time it has taken so far. */
export function createTtyProgress(io: ProgressIo, job: ProgressJob): Progress {
  const beganAt = io.now()
  const works = new Map<AgentId, Work>()
  let drawn: readonly Line[] = []
  let isShown = false
  let isStopped = false

  const draw = (lines: readonly Line[]): void => {
    const text = erase(drawn, screenOf(io).columns) + lines.map((line) => `${line.painted}\n`).join('')
    drawn = lines
    if (text !== '') io.write(text)
  }

  return {
    event(event) {
      works.set(event.id, { event, startedAt: works.get(event.id)?.startedAt ?? io.now() })
    },
    tick() {
      if (isStopped) return
      const slow = [...works.values()].filter((work) => isOpen(work) && isSlow(work, io.now()))
      isShown ||= slow.length > 0
      if (isShown) draw([header([...works.values()], job, io, beganAt), ...agentLines(slow, io)])
    },
    stop() {
      if (!isStopped) draw([])
      isStopped = true
    },
  }
}

function isSlow(work: Work, now: number): boolean {
  return now - work.startedAt >= patienceMs
}

function isOpen(work: Work): boolean {
  return work.event.phase.endsWith('ing')
}

/** `[+] down 3/5, 1 failed`, and the time since the command began. */
function header(works: readonly Work[], job: ProgressJob, io: ProgressIo, beganAt: number): Line {
  const done = works.filter((work) => !isOpen(work)).length
  const failed = works.filter((work) => work.event.phase === 'failed').length
  const total = Math.max(job.total ?? 0, works.length)
  const text = `[+] ${job.title} ${done}/${total}${failed === 0 ? '' : `, ${failed} failed`}`
  return line(text, humanElapsed(io.now() - beganAt), io, io.style.bold)
}

function agentLines(slow: readonly Work[], io: ProgressIo): readonly Line[] {
  // One row for the header, and one below for the cursor.
  const room = Math.max(0, screenOf(io).rows - 2)
  const shown = slow.length <= room ? slow : slow.slice(0, Math.max(0, room - 1))
  const idWidth = Math.max(0, ...shown.map((work) => work.event.id.length))
  const now = io.now()
  const lines = shown.map(({ event, startedAt }) => {
    const detail = event.detail === null ? '' : `   ${safeText(event.detail)}`
    const text = ` ${spinnerAt(now)} ${pad(event.id, idWidth)}   ${pad(event.phase, 8)}${detail}`
    return line(text, humanElapsed(now - startedAt), io, phasePaint(event.phase, io))
  })
  const hidden = slow.length - shown.length
  return hidden > 0 && room > 0 ? [...lines, line(` … ${hidden} more`, '', io, io.style.dim)] : lines
}

function spinnerAt(now: number): string {
  return spinner[Math.floor(now / frameMs) % spinner.length] ?? spinner[0]
}

function phasePaint(phase: ProgressPhase, io: ProgressIo): Paint {
  return phase === 'killing' ? io.style.warn : (text) => text
}

/** Text on the left, cut so that the right part fits; one column stays free, so that nothing wraps. */
function line(left: string, right: string, io: ProgressIo, paint: Paint): Line {
  const width = Math.max(1, screenOf(io).columns - 1)
  const room = width - displayWidth(right) - 1
  if (room < 1) {
    const cut = truncate(left, width)
    return { painted: paint(cut), width: displayWidth(cut) }
  }
  const cut = truncate(left, room)
  const gap = right === '' ? '' : ' '.repeat(room - displayWidth(cut) + 1)
  return {
    painted: `${paint(cut)}${gap}${io.style.dim(right)}`,
    width: right === '' ? displayWidth(cut) : width,
  }
}

/** Moves back to the first drawn row and clears from there. Counts rows anew: a narrower screen has wrapped them. */
function erase(drawn: readonly Line[], columns: number): string {
  const rows = drawn.reduce((sum, { width }) => sum + Math.max(1, Math.ceil(width / columns)), 0)
  return rows === 0 ? '' : `\r\u001b[${rows}A\u001b[J`
}

/** The size that an unknown screen is taken for is the classic one. */
function screenOf(io: ProgressIo): { readonly columns: number; readonly rows: number } {
  const columns = io.columns()
  const rows = io.rows()
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 }
}
