import { describe, expect, it } from 'vitest'
import { TeamError } from '../../../src/errors.ts'
import type { Candidate } from '../../../src/model/target.ts'
import { resolveOne, resolveTargets } from '../../../src/plan/targets.ts'

const make = (project: string, agent: string, role: string | null = null): Candidate => ({
  id: `${project}:${agent}`,
  project,
  agent,
  role,
})
const candidates = [
  make('web', 'lead', 'manager'),
  make('web', 'api', 'worker'),
  make('web-ui', 'lead', 'manager'),
  make('docs', 'writer', 'worker'),
]
const resolve = (...targets: string[]) => [...(resolveTargets(targets, candidates) ?? ['all'])]

describe('resolveTargets', () => {
  it.each([
    [[], ['all']],
    [['web'], ['web:lead', 'web:api']],
    [['web:lead'], ['web:lead']],
    [['writer'], ['docs:writer']],
    [['web:*'], ['web:lead', 'web:api']],
    [['*:lead'], ['web:lead', 'web-ui:lead']],
    [['w*'], ['docs:writer']],
    [['role=worker'], ['web:api', 'docs:writer']],
    [
      ['web', 'docs', 'web:lead'],
      ['web:lead', 'web:api', 'docs:writer'],
    ],
  ])('%j names %j', (targets, ids) => {
    expect(resolve(...targets)).toEqual(ids)
  })

  it.each([
    ['web:led', 'no agent matches "web:led"', 'did you mean web:lead?'],
    [
      'nobody-at-all',
      'no agent matches "nobody-at-all"',
      'agents: web:lead, web:api, web-ui:lead, docs:writer',
    ],
    ['lead', '"lead" is ambiguous: web:lead, web-ui:lead', 'name it as project:agent'],
    ['role=boss', 'no agent matches "role=boss"', 'roles: role=manager, role=worker'],
    ['role=manger', 'no agent matches "role=manger"', 'did you mean role=manager?'],
  ])('refuses %j', (target, message, hint) => {
    const attempt = () => resolve(target)
    expect(attempt).toThrow(TeamError)
    expect(attempt).toThrow(message)
    try {
      attempt()
    } catch (error) {
      expect(error).toMatchObject({ code: 'target-unknown', exitCode: 2, hint })
    }
  })

  it('says that a team is empty', () => {
    expect(() => resolveTargets(['x'], [])).toThrow('no agent matches "x": the team has none')
  })
})

describe('resolveOne', () => {
  it('takes one, and refuses several', () => {
    expect(resolveOne('writer', candidates)).toBe('docs:writer')
    expect(() => resolveOne('web', candidates)).toThrow('"web" names 2 agents: web:lead, web:api')
  })
})
