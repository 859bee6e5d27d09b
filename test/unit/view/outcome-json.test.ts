import { describe, expect, it } from 'vitest'
import { outcomesJson, planJson } from '../../../src/view/outcome-json.ts'
import { outcomes, plan, skip, start } from './plan-fixture.ts'

describe('outcomes as JSON', () => {
  const keys = ['id', 'action', 'why', 'ok', 'drain', 'error']

  it('has the same keys for a dry run and for the result, and nothing else', () => {
    const dry = planJson(plan)
    const real = outcomesJson('acme', outcomes)
    expect(Object.keys(dry)).toEqual(['team', 'actions'])
    for (const action of [...dry.actions, ...real.actions]) expect(Object.keys(action)).toEqual(keys)
    expect(dry.actions.map(({ id, action, why }) => [id, action, why])).toEqual(
      real.actions.map(({ id, action, why }) => [id, action, why]),
    )
    expect(JSON.stringify([dry, real])).not.toContain('secret')
  })

  it('reports the drain as the contract says', () => {
    expect(outcomesJson('acme', outcomes).actions[1]).toEqual({
      id: 'web:api',
      action: 'restart',
      why: 'changed: command, env',
      ok: true,
      drain: { outcome: 'graceful', ms: 310, exitCode: 0, survivors: [] },
      error: null,
    })
  })

  it('a dry run is well but for what the plan knows to fail', () => {
    const error = { code: 'agent-cwd', message: 'm', hint: null } as const
    const [fine, bad] = planJson({ team: 'acme', waves: [[start('web:a'), skip('web:b', error)]] }).actions
    expect(fine).toMatchObject({ ok: true, drain: null, error: null })
    expect(bad).toMatchObject({ ok: false, drain: null, error })
  })
})
