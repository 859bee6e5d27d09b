import type { EventName, TeamEvent } from '../model/event.ts'
import { doneWords } from './action-words.ts'
import { humanElapsed, localTime, safeText } from './human.ts'
import type { Paint, Style } from './style.ts'

/** One event as a line: local time, agent, what happened. */
export function eventLine(event: TeamEvent, style: Style): string {
  const subject = event.id === null ? 'team' : safeText(event.id)
  const what = eventPaint(event.event, style)(sentence(event))
  return `${style.dim(localTime(event.time))}  ${subject}  ${what}`
}

/** The details come from a file that anyone may have written: each is taken for what it is, or left out. */
function sentence(event: TeamEvent): string {
  switch (event.event) {
    case 'started':
      return `started${labelled(event, 'pid', 'pid ')}`
    case 'exited':
      return `ended (${exitText(event)})`
    case 'restarting':
      return `restarts${elapsed(event, 'delayMs', 'in')}`
    case 'gave_up':
      return `gave up after ${number(event, 'run') ?? 'several'} runs (${exitText(event)}): team logs ${safeText(event.id ?? '')}`
    case 'error':
      return `could not start${labelled(event, 'reason', '')}${labelled(event, 'detail', '')}`
    case 'drained':
      return `drained${elapsed(event, 'ms', 'in')}${survivors(event)}`
    case 'killed':
      return `killed${elapsed(event, 'ms', 'after')}${survivors(event)}`
    case 'removed':
      return `removed${labelled(event, 'why', '')}`
    case 'activity':
      return `is ${safeText(String(event.activity))}${labelled(event, 'detail', '')}`
    case 'up':
    case 'down':
    case 'reloaded':
    case 'restarted':
      return event.id === null ? `${event.event}${counts(event)}` : event.event
    case 'task_queued':
    case 'task_started':
      return `task${labelled(event, 'task', '').slice(1)} ${event.event.slice('task_'.length)}`
    case 'task_ended':
      return `task${labelled(event, 'task', '').slice(1)} ended${labelled(event, 'status', '')}${labelled(event, 'reason', '')}`
    case 'task_on_end':
      return `task${labelled(event, 'task', '').slice(1)} on_end${labelled(event, 'reason', '')}`
    case 'process_started':
      return `process${labelled(event, 'process', '').slice(1)} started`
    case 'process_ended':
      return `process${labelled(event, 'process', '').slice(1)} ended${labelled(event, 'status', '')}${labelled(event, 'reason', '')}`
    case 'message_queued':
    case 'message_delivered':
    case 'message_unsure':
      return `message${labelled(event, 'message', '').slice(1)} ${event.event.slice('message_'.length)}${labelled(event, 'from', 'from ')}${labelled(event, 'reason', '')}`
    default:
      event.event satisfies never
      // A newer version may have written it.
      return safeText(String(event.event))
  }
}

function eventPaint(name: EventName, style: Style): Paint {
  if (name === 'gave_up' || name === 'error') return style.bad
  if (name === 'killed' || name === 'restarting') return style.warn
  if (name === 'activity') return style.dim
  return name === 'started' ? style.ok : (text) => text
}

function exitText(event: TeamEvent): string {
  const signal = event.signal
  if (typeof signal === 'string')
    return `${safeText(signal)}${event.oom === true ? ', out of memory (oom)' : ''}`
  const code = number(event, 'code')
  return code === null ? 'exit unknown' : `exit ${code}`
}

function survivors(event: TeamEvent): string {
  const pids = event.survivors
  if (!Array.isArray(pids) || pids.length === 0) return ''
  return `, still alive: pid ${pids.map((pid) => safeText(String(pid))).join(', ')}`
}

function elapsed(event: TeamEvent, key: string, word: 'in' | 'after'): string {
  const ms = number(event, key)
  return ms === null ? '' : ` ${word} ${humanElapsed(ms)}`
}

/** `: 2 started, 1 failed`; empty when the event counts nothing. */
function counts(event: TeamEvent): string {
  const words = [...Object.entries(doneWords), ['failed', 'failed'] as const]
  const parts = words.flatMap(([key, word]) => {
    const amount = number(event, key) ?? 0
    return amount === 0 ? [] : [`${amount} ${word}`]
  })
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`
}

/** `, pid 42`; empty when the event does not say. */
function labelled(event: TeamEvent, key: string, label: string): string {
  const value = event[key]
  if (typeof value !== 'string' && typeof value !== 'number') return ''
  return value === '' ? '' : `, ${label}${safeText(String(value))}`
}

function number(event: TeamEvent, key: string): number | null {
  const value = event[key]
  return typeof value === 'number' ? value : null
}
