import { describe, expect, it } from 'vitest'
import type { Launch } from '../../../src/model/launch.ts'
import type { Action } from '../../../src/model/plan.ts'
import type { Observation } from '../../../src/model/unit.ts'
import { makePlan, type PlanInput, type Request, withProblems } from '../../../src/plan/plan.ts'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch, withFingerprint } from '../../../src/render/launch.ts'
import { agentSpec, composeOf, shell } from '../../support/launches.ts'

function launch(
  project: string,
  name: string,
  options: { arg?: string; env?: Record<string, string> } = {},
): Launch {
  const agent = agentSpec({ project, name, command: ['run', options.arg ?? ''], env: options.env ?? {} })
  const compose = composeOf('/team', [agent])
  return withFingerprint(
    renderLaunch(agent, { compose, stateDir: '/team/.team', env: {}, shell, inherited: {}, self: ['team'] }),
    fingerprintOf(fingerprintInput(agent, { compose, env: {} })),
  )
}

function unit(from: Launch, liveness: Observation['liveness'] = 'running'): Observation {
  return {
    id: from.id,
    unit: {
      supervisor: 'tmux',
      id: from.id,
      name: `acme/${from.id}`,
      handle: '%1',
      pid: liveness === 'running' ? 7 : null,
    },
    liveness,
    composeFile: from.composeFile,
    stateDir: from.stateDir,
    agentDir: from.agentDir,
    marker: from.marker,
    fingerprint: from.fingerprint,
    drain: from.drain,
    role: null,
    look: null,
  }
}

const up: Request = { command: 'up', forceRecreate: false, removeOrphans: false }
const reload: Request = { command: 'reload', force: false }

function actions(input: Partial<PlanInput> & Pick<PlanInput, 'request'>): readonly string[] {
  const none = { team: 'acme', wanted: [], observed: [], remains: [], scope: null, isEnding: () => false }
  const plan = makePlan({ ...none, ...input })
  return plan.waves.flat().map((action: Action) => `${action.action} ${action.id} (${action.why})`)
}

const lead = launch('web', 'lead')
const api = launch('web', 'api')
const edited = launch('web', 'api', { arg: 'x', env: { A: '1' } })

const endsLead = (found: Observation): boolean => found.id === lead.id

describe('makePlan', () => {
  it('starts what is missing and what has ended, and keeps what runs', () => {
    const third = launch('web', 'third')
    const wanted = [lead, api, third]
    expect(actions({ request: up, wanted, observed: [unit(api), unit(third, 'exited')] })).toEqual([
      'start web:lead (not running)',
      'keep web:api (running)',
      'start web:third (had ended)',
    ])
  })

  it('keeps a changed agent on up, and restarts exactly that one on reload, saying why', () => {
    const input = { wanted: [lead, edited], observed: [unit(lead), unit(api)] }
    expect(actions({ request: up, ...input })).toContain(
      'keep web:api (changed: command, env: run team reload)',
    )
    expect(actions({ request: reload, ...input })).toEqual([
      'keep web:lead (unchanged)',
      'restart web:api (changed: command, env)',
    ])
  })

  it('takes nobody outside the scope for an orphan', () => {
    const scope = new Set([lead.id])
    const input = {
      wanted: [lead, edited],
      observed: [unit(lead), unit(api), unit(launch('old', 'one'))],
      scope,
    }
    expect(actions({ request: reload, ...input })).toEqual(['keep web:lead (unchanged)'])
    expect(actions({ request: { command: 'down' }, ...input })).toEqual(['stop web:lead (down)'])
  })

  it('drains orphans on reload and down, and only shows them on up', () => {
    const observed = [unit(launch('old', 'one'))]
    expect(actions({ request: reload, observed })).toEqual(['stop old:one (not in the file)'])
    expect(actions({ request: { command: 'down' }, observed })).toEqual(['stop old:one (not in the file)'])
    expect(actions({ request: up, observed })[0]).toMatch(/^skip old:one/)
    expect(actions({ request: { ...up, removeOrphans: true }, observed })).toEqual([
      'stop old:one (not in the file)',
    ])
  })

  it.each([up, reload, { command: 'restart' }, { command: 'down' }] satisfies Request[])(
    'does nothing to an agent in an unknown state: $command',
    (request) => {
      const plan = makePlan({
        isEnding: () => false,
        remains: [],
        team: 'acme',
        wanted: [lead],
        observed: [unit(lead, 'unknown')],
        scope: null,
        request,
      })
      expect(plan.waves.flat()).toMatchObject([{ action: 'skip', error: { code: 'agent-unknown-state' } }])
    },
  )

  it('ends what is left of agents whose terminal is gone, unless a start does so itself', () => {
    const remains = [{ id: lead.id, agentDir: lead.agentDir, marker: lead.marker }]
    const known = { wanted: [lead], remains }
    expect(actions({ request: { command: 'down' }, ...known })).toEqual([
      'stop web:lead (its terminal is gone)',
    ])
    expect(actions({ request: reload, ...known })).toEqual(['start web:lead (not running)'])
    expect(actions({ request: reload, remains })).toEqual([
      'stop web:lead (not in the file, and its terminal is gone)',
    ])
    expect(actions({ request: up, remains })).toEqual([])
    expect(actions({ request: { command: 'down' }, scope: new Set([api.id]), remains })).toEqual([])
  })

  it('finishes a drain that a command left unfinished: the agent may end at any moment', () => {
    const input = { wanted: [lead, api], observed: [unit(lead), unit(api)], isEnding: endsLead }
    const expected = ['restart web:lead (its drain was cut short)', expect.stringMatching(/^keep web:api/)]
    expect(actions({ request: up, ...input })).toEqual(expected)
    expect(actions({ request: reload, ...input })).toEqual(expected)
  })

  it('restarts everything that is asked for, changed or not', () => {
    const input = { wanted: [lead, api], observed: [unit(lead)] }
    expect(actions({ request: { command: 'restart' }, ...input })).toEqual([
      'restart web:lead (asked for)',
      'start web:api (not running)',
    ])
    expect(actions({ request: { command: 'reload', force: true }, ...input })[0]).toBe(
      'restart web:lead (forced)',
    )
  })
})

describe('withProblems', () => {
  it('skips starts and restarts that cannot work, and leaves everything else', () => {
    const plan = makePlan({
      isEnding: () => false,
      remains: [],
      team: 'acme',
      wanted: [lead, edited],
      observed: [unit(api)],
      scope: null,
      request: reload,
    })
    const error = { code: 'agent-cwd', message: 'gone', hint: null } as const
    const checked = withProblems(plan, (found) => (found.id === 'web:api' ? error : null))
    expect(checked.waves.flat()).toMatchObject([
      { action: 'start', id: 'web:lead' },
      { action: 'skip', id: 'web:api', error },
    ])
  })
})
