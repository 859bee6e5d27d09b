import { describe, expect, it } from 'vitest'
import { eventNames, type TeamEvent } from '../../../src/model/event.ts'
import { eventLine } from '../../../src/view/events.ts'
import { localTime } from '../../../src/view/human.ts'
import { plainStyle } from '../../../src/view/style.ts'

const time = '2026-01-01T12:00:00.123Z'

function line(event: Omit<TeamEvent, 'time'> & Pick<TeamEvent, 'event' | 'id'>): string {
  const text = eventLine({ time, ...event }, plainStyle)
  expect(text.startsWith(`${localTime(time)}  `)).toBe(true)
  return text.slice(localTime(time).length + 2)
}

describe('eventLine', () => {
  it.each([
    [{ event: 'started', id: 'web:a', pid: 42, run: 1 }, 'web:a  started, pid 42'],
    [{ event: 'exited', id: 'web:a', code: 1, signal: null }, 'web:a  ended (exit 1)'],
    [{ event: 'exited', id: 'web:a', code: null, signal: 'SIGKILL' }, 'web:a  ended (SIGKILL)'],
    [{ event: 'restarting', id: 'web:a', delayMs: 2000, run: 1 }, 'web:a  restarts in 2s'],
    [
      { event: 'gave_up', id: 'web:a', run: 11, code: 1, signal: null },
      'web:a  gave up after 11 runs (exit 1): team logs web:a',
    ],
    [
      { event: 'error', id: 'web:a', reason: 'cwd', detail: '/x: not a directory' },
      'web:a  could not start, cwd, /x: not a directory',
    ],
    [{ event: 'drained', id: 'web:a', ms: 310, survivors: [] }, 'web:a  drained in 0.3s'],
    [
      { event: 'killed', id: 'web:a', ms: 30_000, survivors: [7, 8] },
      'web:a  killed after 30s, still alive: pid 7, 8',
    ],
    [{ event: 'removed', id: 'web:a', why: 'not in the file' }, 'web:a  removed, not in the file'],
    [{ event: 'up', id: null, start: 2, keep: 1, failed: 1 }, 'team  up: 2 started, 1 kept, 1 failed'],
    [{ event: 'down', id: null }, 'team  down'],
    [{ event: 'reloaded', id: null, restart: 1 }, 'team  reloaded: 1 restarted'],
    [{ event: 'restarted', id: 'web:a' }, 'web:a  restarted'],
  ] as const)('%o', (event, text) => expect(line(event)).toBe(text))

  it('says something about every event, also without any detail', () => {
    for (const event of eventNames) expect(line({ event, id: 'web:a' })).toMatch(/^web:a {2}\w+/)
  })

  it('shows what it does not know, and never lets it act on the terminal', () => {
    const foreign: TeamEvent = JSON.parse('{"time":"\\u001b[2J","event":"new\\u0007","id":"web:\\u001ba"}')
    expect(eventLine(foreign, plainStyle)).toBe('\\x1b[2J  web:\\x1ba  new\\x07')
    expect(line({ event: 'exited', id: 'web:a', signal: '\u001b[2J' })).toBe('web:a  ended (\\x1b[2J)')
    expect(line({ event: 'exited', id: 'web:a', code: 'x', signal: {} })).toBe('web:a  ended (exit unknown)')
  })
})
