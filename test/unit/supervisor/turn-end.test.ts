import { describe, expect, it } from 'vitest'
import type { Activity } from '../../../src/model/activity.ts'
import type { Observation } from '../../../src/model/unit.ts'
import { reserveOf, turnEnd } from '../../../src/supervisor/turn-end.ts'

const unit: Observation = {
  id: 'web:lead',
  unit: { supervisor: 'tmux', id: 'web:lead', name: 's', handle: '%1', pid: 2 },
  liveness: 'running',
  composeFile: '',
  stateDir: '',
  agentDir: '',
  marker: '',
  fingerprint: { command: '', env: '', files: '', supervisor: '' },
  drain: { timeoutMs: 1, mode: 'finish', steps: [] },
  role: null,
  look: null,
}

/** Looks that were made, and the time that went by, until the turn counts as ended. */
async function waited(
  turns: readonly (Activity | null | Error)[],
  deadline = 10_000,
): Promise<{ looks: number; ms: number }> {
  let now = 0
  let looks = 0
  const sleep = async (ms: number) => {
    now += ms
  }
  const clock = { now: () => now, sleep }
  await turnEnd(unit, deadline, new AbortController().signal, {
    clock,
    activity: async () => {
      const turn = turns[Math.min(looks, turns.length - 1)] ?? null
      looks += 1
      if (turn instanceof Error) throw turn
      return turn
    },
  })
  return { looks, ms: now }
}

describe('the end of a turn', () => {
  it('is waited for', async () => {
    expect((await waited(['busy', 'busy', 'idle', 'idle', 'busy'])).looks).toBe(4)
  })

  it('is not a moment between two messages', async () => {
    expect((await waited(['idle', 'busy', 'idle', 'idle'])).looks).toBe(4)
  })

  it('is not waited for when a person would have to end it, nor where there are no turns', async () => {
    expect((await waited(['busy', 'waiting'])).looks).toBe(2)
    expect(await waited([null])).toEqual({ looks: 1, ms: 0 })
  })

  it('is waited for until the deadline, also when the terminal cannot be read', async () => {
    expect((await waited(['busy'], 3_000)).ms).toBeGreaterThanOrEqual(3_000)
    expect((await waited([new Error('no terminal')], 3_000)).ms).toBeGreaterThanOrEqual(3_000)
  })

  it('leaves time for the exit sequence', () => {
    expect(reserveOf(8_000)).toBe(2_000)
    expect(reserveOf(120_000)).toBe(5_000)
  })
})
