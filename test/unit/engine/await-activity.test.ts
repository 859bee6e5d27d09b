import { describe, expect, it } from 'vitest'
import { type AwaitOptions, awaitActivity } from '../../../src/engine/await-activity.ts'
import { turnsOver } from '../../../src/engine/turn-over.ts'
import type { SeenAgent, WatchPorts } from '../../../src/engine/watch-activity.ts'
import type { Activity } from '../../../src/model/activity.ts'
import type { AgentId } from '../../../src/model/agent.ts'
import type { AgentState } from '../../../src/model/status.ts'

type Step = Activity | Exclude<AgentState, 'running' | 'starting'>

const states: readonly string[] = ['restarting', 'exited', 'failed', 'stopped', 'unknown']

/** Agents that do one thing after the other, a step with each look; the last one lasts. */
function ports(agents: Readonly<Record<AgentId, readonly Step[]>>) {
  let now = 0
  let looks = 0
  const seen = (id: AgentId, steps: readonly Step[]): SeenAgent => {
    const step = steps[Math.min(looks, steps.length - 1)]
    const activity = step as Activity
    if (step !== 'unknown' && states.includes(step ?? ''))
      return { id, state: step as AgentState, unit: null, reading: null }
    return {
      id,
      state: 'running',
      unit: null,
      reading: { activity, detail: null, since: null, input: 'empty' },
    }
  }
  const watch: WatchPorts = {
    look: async () => {
      const team = Object.entries(agents).map(
        ([id, steps]) => [id as AgentId, seen(id as AgentId, steps)] as const,
      )
      looks += 1
      return new Map(team)
    },
    changed: () => () => undefined,
    now: () => now,
    sleep: async (ms) => {
      now += ms
    },
  }
  return { watch, looks: () => looks, now: () => now }
}

const options = (ids: readonly AgentId[], more: Partial<AwaitOptions> = {}): AwaitOptions => ({
  ids: new Set(ids),
  goal: 'idle',
  any: false,
  progress: () => undefined,
  deadline: null,
  aborted: new AbortController().signal,
  ...more,
})

describe('waiting for agents', () => {
  const results = async (
    agents: Readonly<Record<AgentId, readonly Step[]>>,
    more: Partial<AwaitOptions> = {},
  ) => {
    const world = ports(agents)
    const { agents: found, end } = await awaitActivity(
      options(Object.keys(agents) as AgentId[], more),
      world.watch,
    )
    return { end, looks: world.looks(), results: found.map(({ result }) => result) }
  }

  it('ends when all of them are as wanted; idle must be seen twice', async () => {
    expect(await results({ 'a:a': ['busy', 'idle', 'busy', 'idle', 'idle'], 'a:b': ['idle'] })).toEqual({
      end: 'enough',
      looks: 5,
      results: ['reached', 'reached'],
    })
    expect(await results({ 'a:a': ['idle', 'busy'] }, { goal: 'busy' })).toMatchObject({
      looks: 2,
      results: ['reached'],
    })
  })

  it('ends with any of them', async () => {
    expect(
      await results({ 'a:a': ['busy'], 'a:b': ['busy', 'waiting'] }, { goal: 'waiting', any: true }),
    ).toEqual({
      end: 'enough',
      looks: 2,
      results: ['pending', 'reached'],
    })
  })

  it('ends when what is waited for cannot come any more', async () => {
    expect(await results({ 'a:a': ['busy', 'failed'] })).toMatchObject({
      end: 'enough',
      results: ['impossible'],
    })
    expect(await results({ 'a:a': ['busy', 'blocked'] })).toMatchObject({
      end: 'enough',
      results: ['impossible'],
    })
  })

  it('looks on after something was shown: more may be there that the logger has yet to tell', async () => {
    const world = ports({ 'a:a': ['idle', 'idle', 'idle', 'idle', 'busy'] })
    const changed: WatchPorts['changed'] = (callback) => {
      callback()
      return () => undefined
    }
    const { end } = await awaitActivity(options(['a:a'], { goal: 'busy' }), { ...world.watch, changed })
    expect(end).toBe('enough')
    expect(world.now()).toBeLessThan(1_200)
  })

  it('takes neither a restart nor a failed look for an end', async () => {
    const steps = ['busy', 'restarting', 'unknown', 'starting', 'idle', 'idle'] as const
    expect(await results({ 'a:a': steps })).toMatchObject({ looks: 6, results: ['reached'] })
  })

  it('does not take one for exited that lives on without what held it; nothing else will come of it', async () => {
    const seen: SeenAgent = { id: 'a:a', state: 'failed', unit: null, reading: null, livesOn: true }
    const watch = { ...ports({}).watch, look: async () => new Map([[seen.id, seen]]) }
    const exited = await awaitActivity(options(['a:a'], { goal: 'exited', deadline: 500 }), watch)
    expect(exited).toMatchObject({ end: 'late', agents: [{ result: 'pending' }] })
    const idle = await awaitActivity(options(['a:a']), watch)
    expect(idle).toMatchObject({ end: 'enough', agents: [{ result: 'impossible' }] })
  })

  it('waits for exits', async () => {
    expect(await results({ 'a:a': ['busy', 'restarting', 'exited'] }, { goal: 'exited' })).toMatchObject({
      looks: 3,
      results: ['reached'],
    })
  })

  it('gives up when its time is over', async () => {
    expect(await results({ 'a:a': ['busy'] }, { deadline: 5_000 })).toMatchObject({
      end: 'late',
      results: ['pending'],
    })
  })
})

describe('the end of a turn that was just begun', () => {
  const ends = async (
    steps: readonly Step[],
    deadline: number | null = null,
    answeredAt: number | null = null,
  ) => {
    const world = ports({ 'a:a': steps })
    const end = { deadline, aborted: new AbortController().signal }
    const answered = () => (answeredAt === null ? null : world.looks() >= answeredAt)
    const [over] = await turnsOver(new Map([['a:a', 0]]), end, { ...world.watch, answered })
    return { end: over?.end, looks: world.looks(), ms: world.now() }
  }

  it('is not the idleness before it begins', async () => {
    expect(await ends(['idle', 'idle', 'idle', 'busy', 'idle', 'idle'])).toMatchObject({
      end: 'ended',
      looks: 6,
    })
  })

  it('is the answer in its transcript, when it was too short to be seen', async () => {
    expect(await ends(['idle'], null, 3)).toMatchObject({ end: 'ended', looks: 3 })
    expect(await ends(['busy', 'idle', 'busy', 'idle'], null, 1)).toMatchObject({ end: 'ended', looks: 5 })
  })

  it('is believed when it was too short to be seen', async () => {
    const { end, ms } = await ends(['idle'])
    expect(end).toBe('ended')
    expect(ms).toBeGreaterThan(10_000)
    // A transcript would tell of it.
    const other = await ends(['idle'], null, Infinity)
    expect(other.end).toBe('ended')
    expect(other.ms).toBeGreaterThan(30_000)
  })

  it('is not a moment of idleness before its transcript tells of an answer', async () => {
    const steps = ['busy', 'idle', 'idle', 'idle', 'busy', 'idle', 'idle'] as const
    expect(await ends(steps, null, 7)).toMatchObject({ end: 'ended', looks: 7 })
    // No answer ever comes.
    const silent = await ends(['busy', 'idle'], null, Infinity)
    expect(silent.end).toBe('ended')
    expect(silent.ms).toBeGreaterThan(8_000)
    expect(silent.ms).toBeLessThan(15_000)
  })

  it('is a failure, an exit, or too late', async () => {
    expect(await ends(['busy', 'blocked', 'blocked'])).toMatchObject({ end: 'blocked' })
    expect(await ends(['busy', 'failed'])).toMatchObject({ end: 'gone' })
    expect(await ends(['busy', 'waiting'], 3_000)).toMatchObject({ end: 'late' })
  })
})
