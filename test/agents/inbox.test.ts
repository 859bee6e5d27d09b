import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MessageStatus } from '../../src/model/message.ts'
import { ok } from '../support/cli.ts'
import { waitFor } from '../support/wait-for.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { patience, untilActivity } from './driver.ts'

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

/** Several lines, with what a shell, tmux or a terminal could trip over; ends a turn at once. */
function hardText(n: number): string {
  const line = (i: number) => `${i}: "it's" 'so'; $HOME \`id\` $(id) \\ #{pane_id} {a,b} %H ~ | é 漢字 😀;`
  return [`message ${n}`, ...Array.from({ length: 20 }, (_, i) => line(i)), '', `end ${n};`].join('\n')
}

interface Listed {
  readonly id: string
  readonly status: MessageStatus
}

it.each(['claude', 'codex'] as const)(
  'messages for a busy %s are typed once, in order and byte for byte, when it is idle again',
  async (kind) => {
    sandbox.teamFile({ lead: { kind } })
    await ok(sandbox, ['up'])
    await ok(sandbox, ['send', 'web:lead', 'SLOW 8'])
    await untilActivity(sandbox, 'lead', 'busy')
    const texts = [1, 2, 3].map(hardText)
    for (const text of texts) {
      sandbox.write('message.md', text)
      const sent = await ok(sandbox, ['send', 'web:lead', '--file', 'message.md', '--when', 'idle', '--json'])
      expect(JSON.parse(sent.stdout)).toMatchObject([{ delivery: 'queued', reason: null }])
    }
    const requests = () =>
      sandbox.model.requests(modelName('lead')).filter(({ text }) => text.startsWith('message '))
    const left = Date.now()
    expect(requests()).toEqual([])
    const messages = await waitFor(
      'the messages to be delivered',
      async () => {
        const all: readonly Listed[] = JSON.parse((await ok(sandbox, ['inbox', 'ls', '-a', '--json'])).stdout)
        return (
          all.length === texts.length &&
          all.every(({ status }) => status !== 'queued' && status !== 'sending') &&
          all
        )
      },
      patience,
    )
    expect(messages.map(({ status }) => status)).toEqual(texts.map(() => 'delivered'))
    await ok(sandbox, ['wait', 'web:lead', '--timeout', '60s'])
    expect(requests().map(({ text }) => text)).toEqual(texts)
    // Each came when the turn before it was over: the server had answered all that it was asked.
    const truth = sandbox.model.truth(modelName('lead'))
    for (const { time } of requests()) {
      const before = truth.filter((moment) => moment.time < time).at(-1)
      expect(before?.doing).toBe('idle')
    }
    const ends = truth.filter(({ doing, time }) => doing === 'idle' && time < (requests()[0]?.time ?? 0))
    const waited = (requests()[0]?.time ?? Number.NaN) - (ends.at(-1)?.time ?? Number.NaN)
    expect(requests()[0]?.time).toBeGreaterThan(left)
    console.log(`${kind}: the first of 3 messages came ${waited} ms after the turn that was not interrupted`)
  },
  300_000,
)
