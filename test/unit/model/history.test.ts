import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { EventName, TeamEvent } from '../../../src/model/event.ts'
import { runsOf } from '../../../src/model/history.ts'

let clock = 0
const event = (name: EventName, id: TeamEvent['id'], details: object = {}): TeamEvent => {
  clock += 1
  return { time: new Date(clock * 1_000).toISOString(), event: name, id, ...details }
}
const statuses = (events: readonly TeamEvent[]) =>
  runsOf(events).map(({ agent, status }) => `${agent} ${status}`)

it('tells each run with its end, and agents apart', () => {
  const events = [
    event('started', 'web:a', { pid: 7, run: 1 }),
    event('started', 'web:b', { pid: 8, run: 1 }),
    event('exited', 'web:a', { code: 3, signal: null }),
    event('restarting', 'web:a', { delayMs: 5 }),
    event('started', 'web:a', { pid: 9, run: 2 }),
    event('exited', 'web:b', { code: 0, signal: null }),
    event('exited', 'web:a', { code: null, signal: 'SIGKILL' }),
  ]
  expect(statuses(events)).toEqual(['web:a failed', 'web:b exited', 'web:a failed'])
  expect(runsOf(events)[2]).toMatchObject({ pid: 9, run: 2, exitCode: null, exitSignal: 'SIGKILL' })
})

it('knows what was drained, what was killed, and what nobody saw end', () => {
  const run = [event('started', 'web:a', { pid: 7, run: 1 }), event('exited', 'web:a', { code: 0 })]
  expect(statuses([...run, event('drained', 'web:a', { code: 0 })])).toEqual(['web:a drained'])
  expect(statuses([event('started', 'web:a'), event('killed', 'web:a', { code: null })])).toEqual([
    'web:a killed',
  ])
  expect(statuses([event('started', 'web:a'), event('started', 'web:a')])).toEqual([
    'web:a unknown',
    'web:a running',
  ])
  // A second drain finds nothing of a run that is over.
  expect(statuses([...run, event('drained', 'web:a'), event('killed', 'web:a')])).toEqual(['web:a drained'])
})

it('gives one run for each start, whatever else happens', () => {
  const names = fc.constantFrom<EventName>('started', 'exited', 'drained', 'killed', 'gave_up', 'activity')
  const ids = fc.constantFrom<TeamEvent['id']>('a:a', 'a:b', null)
  fc.assert(
    fc.property(fc.array(fc.tuple(names, ids)), (list) => {
      const events = list.map(([name, id]) => event(name, id))
      const runs = runsOf(events)
      expect(runs).toHaveLength(
        events.filter((found) => found.event === 'started' && found.id !== null).length,
      )
      for (const id of ['a:a', 'a:b'])
        expect(runs.filter(({ agent, status }) => agent === id && status === 'running').length).toBeLessThan(
          2,
        )
    }),
  )
})
