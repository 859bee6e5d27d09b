import fc from 'fast-check'
import { expect, it } from 'vitest'
import { deliverMessage, type MessagePorts } from '../../../src/engine/deliver-message.ts'
import { promptHolds } from '../../../src/engine/own-draft.ts'
import type { Message, Sending } from '../../../src/model/message.ts'
import type { Observation } from '../../../src/model/unit.ts'

const manners = { dialog: '^dialog', interrupt: ['Escape'], pasteMs: 10, placeholder: /^Try/, shellMark: '!' }
const message: Message = {
  ...{ version: 1, id: 'abc123', to: 'web:lead', from: null, header: null },
  ...{ text: 'do it\nin two lines', createdAt: '2026-01-01T00:00:00.000Z' },
}

class Crash extends Error {}

/** An agent with a prompt and a conversation, and a deliverer that is killed before or after its n-th effect. */
function simulation(options: { readonly readable: boolean; readonly takesEnter: boolean }) {
  const said: string[] = []
  const saidAt: number[] = []
  let draft = ''
  let now = 1_000
  let sending: Sending | null = null
  let left = Number.POSITIVE_INFINITY
  let before = false
  const effect = <Value>(work: () => Value): Value => {
    left -= 1
    if (left === 0 && before) throw new Crash()
    const value = work()
    if (left === 0) throw new Crash()
    return value
  }
  const unit = (): Observation => ({
    ...{ id: 'web:lead', liveness: 'running', composeFile: '', stateDir: '', agentDir: '', marker: '' },
    unit: { supervisor: 'tmux', id: 'web:lead', name: '', handle: '', pid: 1 },
    fingerprint: { command: '', env: '', files: '', supervisor: '' },
    drain: { timeoutMs: 1, mode: 'interrupt', steps: [] },
    role: null,
    look: {
      title: '',
      lines: ['❯ do it', `❯ ${draft.split('\n')[0]}`, '  more'],
      cursor: { x: 0, y: 2, visible: true },
    },
  })
  const ports: MessagePorts = {
    look: async () => ({
      ...{ id: 'web:lead', state: 'running', unit: unit() },
      reading: { activity: 'idle', detail: null, since: null, input: draft === '' ? 'empty' : 'draft' },
    }),
    paste: async (_unit, text) =>
      effect(() => {
        draft += text
        return true
      }),
    press: async () =>
      effect(() => {
        if (options.takesEnter && draft !== '') {
          said.push(draft)
          saidAt.push(now)
          draft = ''
        }
        return true
      }),
    mark: (_message, next) =>
      effect(() => {
        sending = next
      }),
    asked: (_id, text, since) =>
      options.readable ? said.some((line, index) => line === text && (saidAt[index] ?? 0) >= since) : null,
    now: () => now,
    sleep: async (ms) => {
      now += ms
    },
    aborted: new AbortController().signal,
  }
  return {
    said,
    type: (text: string) => {
      draft += text
    },
    clear: () => {
      draft = ''
    },
    /** One deliverer; null: it was killed. */
    async run(killAt: number, killBefore: boolean) {
      left = killAt
      before = killBefore
      try {
        return await deliverMessage({ message, sending, end: null }, manners, ports)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        return null
      } finally {
        now += 5_000
      }
    },
  }
}

const kills = fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.boolean()), { maxLength: 8 })
const never = Number.POSITIVE_INFINITY

it('brings it exactly once, whenever those who bring it are killed', async () => {
  await fc.assert(
    fc.asyncProperty(kills, async (moments) => {
      const agent = simulation({ readable: true, takesEnter: true })
      for (const [at, before] of moments) {
        const result = await agent.run(at, before)
        if (result === null) continue
        expect(result.kind).toBe('delivered')
        expect(agent.said).toEqual([message.text])
        return
      }
      expect(await agent.run(never, false)).toMatchObject({ kind: 'delivered' })
      expect(agent.said).toEqual([message.text])
    }),
  )
})

it('says that it is unsure, and never brings it twice, where no conversation tells', async () => {
  await fc.assert(
    fc.asyncProperty(kills, async (moments) => {
      const agent = simulation({ readable: false, takesEnter: true })
      for (const [at, before] of [...moments, [never, false] as const]) {
        const result = await agent.run(at, before)
        expect(agent.said.length).toBeLessThan(2)
        if (result?.kind === 'delivered') expect(agent.said).toEqual([message.text])
        if (result !== null) return
      }
    }),
  )
})

it('submits no text of somebody else, and goes on when it is gone', async () => {
  const agent = simulation({ readable: true, takesEnter: true })
  expect(await agent.run(1, false)).toBe(null)
  agent.type('mine')
  expect(await agent.run(never, false)).toMatchObject({ kind: 'later' })
  agent.clear()
  expect(await agent.run(never, false)).toMatchObject({ kind: 'delivered' })
  expect(agent.said).toEqual([message.text])
})

it('gives up on an agent that takes nothing, and says so', async () => {
  const agent = simulation({ readable: true, takesEnter: false })
  const kinds: (string | undefined)[] = []
  for (let round = 0; round < 3; round += 1) kinds.push((await agent.run(never, false))?.kind)
  expect(kinds).toEqual(['later', 'later', 'unsure'])
})

it.each([
  ['❯ run the tests', 'run the tests', true],
  ['❯ run the tests and more', 'run the tests', false],
  ['› [Pasted Content 3000 chars]', 'anything', true],
  ['❯ something of a person', 'run the tests of the whole project', false],
  ['❯ run the tests of the', 'run the tests of the whole project', true],
  ['❯ run', 'run the tests of the whole project', false],
  ['no prompt', 'run the tests', false],
])('knows its own draft: %s', (line, text, own) => {
  expect(promptHolds({ title: '', lines: [line], cursor: { x: 0, y: 0, visible: true } }, text)).toBe(own)
})
