import { describe, expect, it } from 'vitest'
import { type DeliverPorts, deliver, type Prompt } from '../../../src/engine/deliver.ts'
import { deliverBlind } from '../../../src/engine/deliver-blind.ts'
import type { SeenAgent } from '../../../src/engine/watch-activity.ts'
import type { ActivityReading } from '../../../src/model/activity.ts'
import type { AgentId } from '../../../src/model/agent.ts'
import type { Delivered } from '../../../src/model/delivery.ts'
import { observation } from '../view/plan-fixture.ts'

const manners = { dialog: 'Esc to', interrupt: ['Escape'], pasteMs: 400, placeholder: /^Try/, shellMark: '!' }
const unit = observation('web:lead')

/** An agent with a prompt, of which a test changes what it likes. */
function fakeAgent(
  own: Partial<ActivityReading> & { dialog?: boolean; takesEnter?: number; shows?: boolean } = {},
) {
  const reading = { activity: 'idle', detail: null, since: null, input: 'empty', ...own } as const
  const agent = {
    state: 'running' as SeenAgent['state'],
    reading: reading as ActivityReading | null,
    dialog: own.dialog ?? false,
    typed: [] as string[],
    enters: 0,
    now: 0,
    onPress: (_key: string): void => undefined,
  }
  const set = (change: Partial<ActivityReading>) => {
    if (agent.reading !== null) agent.reading = { ...agent.reading, ...change }
  }
  const ports: DeliverPorts = {
    look: async (id) => ({
      id,
      state: agent.state,
      unit: agent.state === 'stopped' ? null : unit,
      reading: agent.reading,
    }),
    paste: async (_unit, text) => {
      if (agent.dialog) return false
      agent.typed.push(text)
      if (own.shows !== false) set({ input: 'draft' })
      return true
    },
    press: async (_unit, keys) => {
      if (agent.dialog) return false
      agent.typed.push(...keys)
      keys.forEach(agent.onPress)
      if (keys.includes('Enter')) {
        agent.enters += 1
        if (agent.enters >= (own.takesEnter ?? 1)) set({ input: 'empty', activity: 'busy' })
      }
      return true
    },
    now: () => agent.now,
    sleep: async (ms) => {
      agent.now += ms
    },
    aborted: new AbortController().signal,
  }
  const send = (whenBusy: Prompt['whenBusy'] = 'refuse', text = 'hello'): Promise<Delivered> =>
    deliver({ id: 'web:lead', text, whenBusy }, manners, ports)
  return { agent, ports, set, send }
}

describe('a delivery', () => {
  it('types, submits, and is accepted when the prompt is taken', async () => {
    const { agent, send } = fakeAgent()
    expect(await send()).toEqual({
      id: 'web:lead',
      delivery: 'accepted',
      reason: null,
      submittedAt: expect.any(Number),
    })
    expect(agent.typed).toEqual(['hello', 'Enter'])
  })

  it('presses Enter once more when the first was taken for a part of the paste, and claims nothing after that', async () => {
    expect(await fakeAgent({ takesEnter: 2 }).send()).toMatchObject({ delivery: 'accepted' })
    const deaf = fakeAgent({ takesEnter: 9 })
    expect(await deaf.send()).toMatchObject({
      delivery: 'unsubmitted',
      reason: expect.stringContaining('still in its prompt'),
    })
    expect(deaf.agent.enters).toBe(2)
  })

  it('is not accepted because a screen that is being drawn shows no prompt for a moment', async () => {
    const { agent, ports, send } = fakeAgent({ takesEnter: 9 })
    const { look } = ports
    let looks = 0
    Object.assign(ports, {
      look: async (id: AgentId) => {
        const seen = await look(id)
        const isTorn = agent.enters > 0 && looks++ % 2 === 0 && seen.reading !== null
        return isTorn ? { ...seen, reading: { ...seen.reading, input: 'none' } } : seen
      },
    })
    expect(await send()).toMatchObject({ delivery: 'unsubmitted' })
  })

  it('presses no Enter when its text does not appear', async () => {
    const { agent, send } = fakeAgent({ shows: false })
    expect(await send()).toMatchObject({ delivery: 'unsubmitted' })
    expect(agent.enters).toBe(0)
  })

  it.each<[string, Partial<ActivityReading>, RegExp]>([
    ['busy', { activity: 'busy' }, /busy/],
    ['asking', { activity: 'waiting', detail: 'touch a', input: 'none' }, /waits for an answer: touch a/],
    ['blocked', { activity: 'blocked', detail: 'Sign in', input: 'none' }, /blocked: Sign in/],
    ['holding a draft', { input: 'draft' }, /nobody has submitted/],
    ['without a prompt', { input: 'none' }, /not on the screen/],
    ['in shell mode', { input: 'shell' }, /shell mode/],
    ['not known', { activity: 'unknown' }, /not known/],
  ])('is refused by one that is %s, and types nothing', async (_what, reading, reason) => {
    const { agent, send } = fakeAgent(reading)
    expect(await send()).toMatchObject({ delivery: 'refused', reason: expect.stringMatching(reason) })
    expect(agent.typed).toEqual([])
  })

  it('is refused where the program would run the text as a shell command', async () => {
    const { agent, send } = fakeAgent()
    expect(await send('refuse', '!ls')).toMatchObject({
      delivery: 'refused',
      reason: expect.stringContaining('shell command'),
    })
    expect(agent.typed).toEqual([])
  })

  it('is taken by one whose last turn has failed, where its prompt is on the screen', async () => {
    expect(await fakeAgent({ activity: 'blocked', detail: '529' }).send()).toMatchObject({
      delivery: 'accepted',
    })
  })

  it('is refused by one that is not running, and by a dialog of that very moment', async () => {
    const stopped = fakeAgent()
    stopped.agent.state = 'stopped'
    expect(await stopped.send()).toMatchObject({
      delivery: 'refused',
      reason: expect.stringContaining('not running'),
    })
    expect(await fakeAgent({ dialog: true }).send()).toMatchObject({
      delivery: 'refused',
      reason: 'a dialog has come up',
    })
  })

  it('leaves its text alone when a dialog comes between it and Enter', async () => {
    const { agent, ports, send } = fakeAgent()
    const paste = ports.paste
    Object.assign(ports, {
      paste: async (...args: Parameters<DeliverPorts['paste']>) => {
        const typed = await paste(...args)
        agent.dialog = true
        return typed
      },
    })
    expect(await send()).toMatchObject({ delivery: 'unsubmitted' })
    expect(agent.typed).toEqual(['hello'])
  })

  it('waits for a start, and gives up on one that does not end', async () => {
    const slow = fakeAgent({ activity: 'starting', input: 'none' })
    const { sleep } = slow.ports
    Object.assign(slow.ports, {
      sleep: async (ms: number) => {
        await sleep(ms)
        if (slow.agent.now > 5_000 && slow.agent.reading?.activity === 'starting')
          slow.set({ activity: 'idle', input: 'empty' })
      },
    })
    expect(await slow.send()).toMatchObject({ delivery: 'accepted' })
    expect(await fakeAgent({ activity: 'starting' }).send()).toMatchObject({
      delivery: 'refused',
      reason: 'it has not become ready',
    })
  })

  it('queues where it is told to', async () => {
    expect(await fakeAgent({ activity: 'busy' }).send('queue')).toMatchObject({ delivery: 'queued' })
  })

  it('interrupts a turn, clears the prompt that comes back with it, and only then types', async () => {
    const { agent, set, send } = fakeAgent({ activity: 'busy' })
    agent.onPress = (key) => {
      if (key === 'Escape') set({ activity: 'idle', input: 'draft' })
      if (key === 'C-c') set({ input: 'empty' })
    }
    expect(await send('interrupt')).toMatchObject({ delivery: 'accepted' })
    expect(agent.typed).toEqual(['Escape', 'C-c', 'hello', 'Enter'])
    const stuck = fakeAgent({ activity: 'busy' })
    expect(await stuck.send('interrupt')).toMatchObject({
      delivery: 'refused',
      reason: 'it goes on with its turn',
    })
    expect(stuck.agent.typed).toEqual(['Escape'])
  })
})

describe('a delivery to a program that does not say what it does', () => {
  const blind = (shell: string | null, reacts: boolean) => {
    const { agent, ports } = fakeAgent()
    let shown = 0
    agent.onPress = () => {
      if (reacts) shown += 1
    }
    const more = { shell: async () => shell, shown: () => String(shown) }
    const prompt: Prompt = { id: 'web:lead', text: 'hello', whenBusy: 'refuse' }
    return { agent, done: deliverBlind(prompt, { ...ports, ...more }) }
  }

  it('is accepted when it shows something in return, and else not', async () => {
    expect(await blind(null, true).done).toMatchObject({ delivery: 'accepted' })
    expect(await blind(null, false).done).toMatchObject({ delivery: 'unsubmitted' })
  })

  it('is refused by a shell', async () => {
    const { agent, done } = blind('bash', true)
    expect(await done).toMatchObject({
      delivery: 'refused',
      reason: expect.stringContaining('a shell (bash)'),
    })
    expect(agent.typed).toEqual([])
  })
})
