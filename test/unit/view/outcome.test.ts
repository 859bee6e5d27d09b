import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../src/model/plan.ts'
import { failureLines, outcomeLines, planLines } from '../../../src/view/outcome.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'
import { done, forced, graceful, keep, outcomes, plan, restart, skip, start, stop } from './plan-fixture.ts'

const options = { style: plainStyle, verbose: false, now: false }

describe('planLines', () => {
  it('says what would be done, and that nothing was', () => {
    expect(planLines(plan, options)).toEqual([
      'dry run: nothing was changed',
      'start   web:lead   new',
      'restart web:api    changed: command, env',
      'stop    docs:old   not in the file',
      'acme: 1 to start, 1 to restart, 1 to stop, 1 to keep',
    ])
  })

  it('shows kept agents on request, and always those that have changed', () => {
    const kept: Plan = { team: 'acme', waves: [[keep('web:a'), keep('web:b', true)]] }
    expect(planLines(kept, options).slice(1, -1)).toEqual(['keep    web:b   changed: env: run team reload'])
    expect(planLines(kept, { ...options, verbose: true }).slice(1, -1)).toEqual([
      'keep    web:a   unchanged',
      'keep    web:b   changed: env: run team reload',
    ])
  })

  it('shows what it already knows to fail', () => {
    const error = { code: 'agent-cwd', message: 'web:a: /x does not exist', hint: 'create it' } as const
    expect(planLines({ team: 'acme', waves: [[skip('web:a', error)]] }, options).slice(1)).toEqual([
      'skip    web:a   asked',
      '        web:a: /x does not exist',
      '        hint: create it',
      'acme: 1 would fail',
    ])
  })

  it('has nothing to say about nothing', () => {
    expect(planLines({ team: 'acme', waves: [] }, options).at(-1)).toBe('acme: nothing to do')
  })
})

describe('failureLines', () => {
  it('says what went wrong, and nothing else', () => {
    const error = { code: 'agent-cwd', message: 'web:a: /x does not exist', hint: 'create it' } as const
    const failed = [done(start('web:a'), { ok: false, error }), done(start('web:b'))]
    expect(failureLines(failed, options)).toEqual([
      'start   web:a   new   failed',
      '        web:a: /x does not exist',
      '        hint: create it',
    ])
    expect(failureLines(outcomes, { ...options, verbose: true })).toEqual([])
  })
})

describe('outcomeLines', () => {
  it('begins each action with the very text of the dry run', async () => {
    for (const style of [plainStyle, await createStyle({ color: true })]) {
      for (const verbose of [false, true]) {
        const before = planLines(plan, { style, verbose, now: false }).slice(1, -1)
        const after = outcomeLines(plan, outcomes, { style, verbose, now: false }).slice(0, -1)
        expect(after).toHaveLength(before.length)
        after.forEach((line, index) => expect(line.startsWith(before[index] ?? 'no line')).toBe(true))
      }
    }
  })

  it('adds how each drain went', () => {
    const stops = [
      stop('web:a', 'down'),
      stop('web:b', 'down'),
      stop('web:c', 'down'),
      stop('web:d', 'has ended'),
    ]
    const results = [
      done(stops[0] ?? start('x:x'), { drain: graceful }),
      done(stops[1] ?? start('x:x'), { drain: forced }),
      done(stops[2] ?? start('x:x'), { drain: { ...graceful, exitCode: null } }),
      done(stops[3] ?? start('x:x'), { drain: { ...graceful, outcome: 'absent' } }),
    ]
    expect(outcomeLines({ team: 'acme', waves: [stops] }, results, options)).toEqual([
      'stop    web:a   down        drained in 0.3s, exit 0',
      'stop    web:b   down        forced after 30s: raise --drain',
      'stop    web:c   down        drained in 0.3s',
      'stop    web:d   has ended   was not running',
      'acme: 4 stopped (1 forced)',
    ])
  })

  it('does not ask for more time for one that was never asked to end', () => {
    const action = stop('web:a', 'down')
    const result = done(action, { drain: { ...forced, unasked: true } })
    expect(outcomeLines({ team: 'acme', waves: [[action]] }, [result], options)).toEqual([
      'stop    web:a   down   forced after 30s: its wrapper was gone',
      'acme: 1 stopped (1 forced)',
    ])
  })

  it('does not call it too short a budget when killing was asked for', () => {
    const action = stop('web:a', 'down')
    const lines = outcomeLines(
      { team: 'acme', waves: [[action]] },
      [done(action, { drain: { ...forced, ms: 40 } })],
      { ...options, now: true },
    )
    expect(lines).toEqual(['stop    web:a   down   killed in 0s', 'acme: 1 stopped'])
  })

  it('puts errors with their hint below the line, and counts them apart', () => {
    const action = start('web:lead')
    const error = {
      code: 'agent-exited',
      message: 'web:lead ended: exit 1\n> boom\u0007',
      hint: 'team logs web:lead',
    } as const
    expect(
      outcomeLines(
        { team: 'acme', waves: [[action, start('web:b')]] },
        [done(action, { ok: false, error }), done(start('web:b'))],
        options,
      ),
    ).toEqual([
      'start   web:lead   new   failed',
      '        web:lead ended: exit 1',
      '        > boom\\x07',
      '        hint: team logs web:lead',
      'start   web:b      new',
      'acme: 1 started, 1 failed',
    ])
  })

  it('shows a kept agent that failed, and names something to type when there is no error text', () => {
    const action = keep('web:a')
    expect(outcomeLines({ team: 'acme', waves: [[action]] }, [done(action, { ok: false })], options)).toEqual(
      ['keep    web:a   unchanged   failed', '        hint: team logs web:a', 'acme: 1 failed'],
    )
  })

  it('names survivors by pid, once', () => {
    const action = stop('web:a', 'down')
    const drain = { ...forced, survivors: [12, 34] }
    const waves = { team: 'acme', waves: [[action]] }
    expect(outcomeLines(waves, [done(action, { ok: false, drain })], options).slice(1, -1)).toEqual([
      '        still alive: pid 12, 34',
      '        hint: ps -fp 12,34',
    ])
    const error = { code: 'agent-survivors', message: 'left 12, 34', hint: null } as const
    expect(outcomeLines(waves, [done(action, { ok: false, drain, error })], options).slice(1, -1)).toEqual([
      '        left 12, 34',
    ])
  })

  it('tells what was not done or not waited for', () => {
    const first = stop('web:a', 'down')
    const interrupted = done(first, { ok: false, drain: { ...graceful, outcome: 'interrupted' } })
    const lines = outcomeLines({ team: 'acme', waves: [[first], [start('web:b')]] }, [interrupted], options)
    expect(lines[0]).toBe('stop    web:a   down   no longer waited for, failed')
    expect(lines).toContain('start   web:b   new    not done')
    expect(lines.at(-1)).toBe('acme: 1 not done, 1 failed')
  })

  it('does not lose an outcome that was not planned', () => {
    expect(outcomeLines({ team: 'acme', waves: [] }, [done(stop('web:z', 'left over'))], options)).toEqual([
      'stop    web:z   left over',
      'acme: 1 stopped',
    ])
  })

  it('summarises in one line', () => {
    const many = [...Array(47).keys()].map((n) => keep(`web:k${n}`))
    const worked = [start('web:a'), start('web:b'), restart('web:c', 'asked for')]
    const results = [...worked, ...many].map((action) =>
      done(action, action.action === 'restart' ? { drain: forced } : {}),
    )
    expect(outcomeLines({ team: 'acme', waves: [worked, many] }, results, options).at(-1)).toBe(
      'acme: 2 started, 1 restarted (1 forced), 47 kept',
    )
  })

  it('shows foreign text safely', () => {
    const action = start('web:a', 'why\u001b[2J')
    expect(outcomeLines({ team: 'acme', waves: [[action]] }, [done(action)], options)[0]).toBe(
      'start   web:a   why\\x1b[2J',
    )
  })
})
