import type { AgentId } from '../../../src/model/agent.ts'
import type { Launch } from '../../../src/model/launch.ts'
import type { Action, Outcome, Plan } from '../../../src/model/plan.ts'
import type { Observation } from '../../../src/model/unit.ts'

/** A plan of every kind of action, and what came of it. */

const fingerprint = { command: '1', env: '1', files: '1', supervisor: '1' }

export function observation(id: AgentId): Observation {
  return {
    id,
    unit: { supervisor: 'tmux', id, name: id, handle: '%1', pid: 1 },
    liveness: 'running',
    composeFile: '/t/team.yaml',
    stateDir: '/t/.team',
    agentDir: '/t/.team/agents',
    marker: 'm',
    fingerprint,
    drain: { timeoutMs: 1, mode: 'interrupt', steps: [] },
    role: null,
    look: null,
  }
}

function launch(id: AgentId): Launch {
  return {
    id,
    project: 'web',
    agent: 'a',
    role: null,
    team: 'acme',
    composeFile: '/t/team.yaml',
    stateDir: '/t/.team',
    agentDir: '/t/.team/agents',
    marker: 'm',
    cwd: '/',
    argv: ['true'],
    wrapper: ['sh'],
    logger: 'cat',
    env: { TOKEN: 'secret' },
    restart: { policy: 'no', max: null, backoff: { initialMs: 1, factor: 1, maxMs: 1, resetAfterMs: 1 } },
    runtime: 'command',
    session: null,
    drain: { timeoutMs: 1, mode: 'interrupt', steps: [] },
    supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 1 } },
    fingerprint,
  }
}

export const start = (id: AgentId, why = 'new'): Action => ({
  action: 'start',
  id,
  why,
  launch: launch(id),
  remains: null,
})
export const restart = (id: AgentId, why: string): Action => ({
  action: 'restart',
  id,
  why,
  unit: observation(id),
  launch: launch(id),
})
export const stop = (id: AgentId, why: string): Action => ({ action: 'stop', id, why, unit: observation(id) })
export const keep = (id: AgentId, changed = false): Action => ({
  action: 'keep',
  id,
  why: changed ? 'changed: env: run team reload' : 'unchanged',
  unit: observation(id),
  changed,
})
export const skip = (id: AgentId, error: Outcome['error'] = null): Action => ({
  action: 'skip',
  id,
  why: 'asked',
  error,
})

export function done(action: Action, more: Partial<Outcome> = {}): Outcome {
  return {
    id: action.id,
    action: action.action,
    why: action.why,
    ok: true,
    drain: null,
    error: null,
    ...more,
  }
}

export const graceful = { outcome: 'graceful', ms: 310, exitCode: 0, survivors: [] } as const
export const forced = { outcome: 'forced', ms: 30_040, exitCode: null, survivors: [] } as const

const actions = [
  start('web:lead'),
  restart('web:api', 'changed: command, env'),
  keep('web:worker'),
  stop('docs:old', 'not in the file'),
]
export const plan: Plan = { team: 'acme', waves: [actions.slice(0, 2), actions.slice(2)] }
export const outcomes = actions.map((action) =>
  done(action, action.action === 'restart' ? { drain: graceful } : {}),
)
