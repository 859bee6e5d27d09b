import { describe, expect, it } from 'vitest'
import type { AgentRecord, RunEvent } from '../../../src/model/record.ts'
import type { Observation } from '../../../src/model/unit.ts'
import { type StatusInput, statusRows, unheldPid } from '../../../src/plan/status.ts'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput } from '../../../src/render/launch.ts'
import { agentSpec, composeOf } from '../../support/launches.ts'

const spec = agentSpec({ project: 'web', name: 'lead', command: ['run'] })
const fingerprint = fingerprintOf(fingerprintInput(spec, { compose: composeOf('/team', [spec]), env: {} }))

function unit(liveness: Observation['liveness']): Observation {
  return {
    id: spec.id,
    unit: { supervisor: 'tmux', id: spec.id, name: 'acme/web/lead', handle: '%1', pid: null },
    liveness,
    composeFile: '/team/team.yaml',
    stateDir: '/team/.team',
    agentDir: '/team/.team/agents/web/lead',
    marker: 'acme/web/lead@/team/team.yaml',
    fingerprint,
    drain: { timeoutMs: 1_000, mode: 'interrupt', steps: [] },
    role: null,
    look: null,
  }
}

function record(last: RunEvent | null): AgentRecord {
  return { last, at: last === null ? null : 1_000, restarts: 0, exit: null }
}

const started = record({ kind: 'start', run: 1, pid: 7 })

describe('unheldPid', () => {
  it('is that of an agent without a recorded end whose unit has ended or is gone', () => {
    expect(unheldPid(unit('exited'), () => started)).toBe(7)
    expect(unheldPid(null, () => started)).toBe(7)
  })

  it('is none where the end was recorded', () => {
    for (const last of [null, { kind: 'exit', run: 1, code: 0, signal: null }] as const) {
      expect(unheldPid(unit('exited'), () => record(last))).toBeNull()
      expect(unheldPid(null, () => record(last))).toBeNull()
    }
  })

  it('does not even read the record of a unit that runs, or cannot be read', () => {
    const unread = () => {
      throw new Error('was read')
    }
    expect(unheldPid(unit('running'), unread)).toBeNull()
    expect(unheldPid(unit('unknown'), unread)).toBeNull()
  })
})

describe('statusRows', () => {
  const row = (observed: readonly Observation[], more: Partial<StatusInput> = {}) =>
    statusRows({
      team: 'acme',
      supervisor: 'tmux',
      agents: [{ spec, agentDir: '/team/.team/agents/web/lead', fingerprint }],
      observed,
      record: () => started,
      isDown: () => false,
      livesOn: new Set([spec.id]),
      logFile: (agentDir) => `${agentDir}/output.log`,
      sessionId: () => null,
      activity: () => ({ activity: 'idle', detail: null, since: null, input: 'empty' }),
      now: 3_000,
      ...more,
    })[0]

  it('an agent that lives on runs, with its pid and what it lacks', () => {
    const running = { state: 'running', pid: 7, uptimeMs: 2_000, activity: null, exitCode: null }
    const wrapper = { ...running, activityDetail: 'its wrapper is gone: run team up' }
    expect(row([unit('exited')])).toMatchObject(wrapper)
    const terminal = { ...running, activityDetail: 'its terminal is gone: run team up' }
    expect(row([])).toMatchObject(terminal)
  })

  it('one that is to be down is to be ended, and an orphan has a note of its own', () => {
    const down = { state: 'running', activityDetail: 'its wrapper is gone: run team down' }
    expect(row([unit('exited')], { isDown: () => true })).toMatchObject(down)
    const orphan = { orphan: true, activityDetail: 'its wrapper is gone' }
    expect(row([unit('exited')], { agents: [] })).toMatchObject(orphan)
  })

  it('without a process its end was not seen', () => {
    const failed = { state: 'failed', pid: null, activityDetail: null }
    expect(row([unit('exited')], { livesOn: new Set() })).toMatchObject(failed)
    expect(row([], { livesOn: new Set() })).toMatchObject(failed)
  })
})
