import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok, row } from '../support/cli.ts'
import { type AgentKind, agentKinds } from './agent-home.ts'
import { type AgentsSandbox, createAgentsSandbox, modelName } from './agents-sandbox.ts'
import { paste, press, repetitions, untilActivity, untilShown } from './driver.ts'

/** As the model server makes it. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

let sandbox: AgentsSandbox
beforeEach(async () => {
  sandbox = await createAgentsSandbox()
})
afterEach(() => sandbox.dispose())

/** 5 kB over many lines, with everything that a shell, tmux or a terminal could trip over. */
function hardText(n: number): string {
  const line = (i: number) =>
    `${i}: "it's" 'so'; $HOME \`id\` $(id) \\ #{pane_id} {a,b} %H ~ | é 漢字 😀 && done;`
  const lines = Array.from({ length: 60 }, (_, i) => line(i))
  return [`prompt ${n}`, ...lines.slice(0, 30), '', ...lines.slice(30), `end ${n};`].join('\n')
}

/** What the CLI itself changes does not count: opencode adds a blank at the end, gemini may leave out empty lines. */
const comparable = (kind: AgentKind, text: string): string =>
  kind === 'opencode' ? text.trimEnd() : kind === 'gemini' ? text.replace(/\n+/g, '\n') : text

const received = (agent: string, needle: string) =>
  sandbox.model.requests(modelName(agent)).filter(({ text }) => text.includes(needle))

interface Sent {
  readonly id: string
  readonly delivery: string
  readonly reason: string | null
  readonly answer: string | null
}

async function send(args: readonly string[]): Promise<{ code: number | null; sent: readonly Sent[] }> {
  const { code, stdout } = await sandbox.team(['send', '--json', ...args])
  return { code, sent: JSON.parse(stdout) }
}

describe.each(agentKinds)('send to %s', (kind) => {
  it('a long prompt arrives once and byte for byte, and the answer comes back', async () => {
    const rounds = repetitions(20, kind === 'opencode' ? 1 : 2)
    sandbox.teamFile({ lead: { kind } })
    await ok(sandbox, ['up'])
    let arrived = 0
    for (let n = 0; n < rounds; n += 1) {
      const text = hardText(n)
      expect(Buffer.byteLength(text)).toBeGreaterThan(5_000)
      sandbox.write('prompt.md', `${text}\n`)
      const { code, sent } = await send(['web:lead', '--file', 'prompt.md', '--wait', '--timeout', '60s'])
      expect({ code, sent }).toMatchObject({
        code: 0,
        sent: [{ id: 'web:lead', delivery: 'accepted', reason: null }],
      })
      const requests = received('lead', `prompt ${n}\n`)
      expect(requests.map((request) => comparable(kind, request.text))).toEqual([comparable(kind, text)])
      // The server's answer names what it was asked.
      if (kind !== 'opencode') expect(sent[0]?.answer).toContain(hashOf(requests[0]?.text ?? ''))
      arrived += 1
    }
    console.log(`${kind}: ${arrived} of ${rounds} long prompts arrived once and byte for byte`)
  }, 600_000)
})

describe.each(['claude', 'codex', 'gemini'] as const)('send to %s', (kind) => {
  it('neither goes into a draft nor into a shell', async () => {
    sandbox.teamFile({ lead: { kind } })
    await ok(sandbox, ['up'])
    await ok(sandbox, ['send', 'web:lead', 'hello', '--wait'])
    const refused = async (reason: RegExp) => {
      const { code, sent } = await send(['web:lead', 'touch typed'])
      expect({ code, sent }).toMatchObject({ code: 1, sent: [{ delivery: 'refused' }] })
      expect(sent[0]?.reason).toMatch(reason)
    }
    press(sandbox, 'lead', '-l', 'a draft')
    await untilShown(sandbox, 'lead', 'a draft')
    press(sandbox, 'lead', 'C-a')
    await refused(/holds a text that nobody has submitted/)
    press(sandbox, 'lead', 'C-k')
    await untilShown(sandbox, 'lead', /^❯\s*$|Ask Codex|Type your message/m)
    press(sandbox, 'lead', '-l', '!')
    await untilShown(sandbox, 'lead', /^ ?!/m)
    await refused(/shell mode/)
    press(sandbox, 'lead', ...(kind === 'gemini' ? ['Escape'] : ['BSpace']))
    expect((await send(['web:lead', 'and now', '--wait'])).code).toBe(0)
    expect(received('lead', 'a draft')).toEqual([])
    expect(existsSync(join(sandbox.dir, 'work/typed'))).toBe(false)
    if (kind === 'gemini') {
      const waiting = sandbox.start(['send', '--json', 'web:lead', 'SLOW 60', '--wait'])
      await untilShown(sandbox, 'lead', 'tick3')
      press(sandbox, 'lead', 'Escape')
      expect((await waiting.done).stdout).toContain('ended without an answer')
      return
    }
    const { sent } = await send(['web:lead', '!touch typed'])
    expect(sent).toMatchObject([{ delivery: 'refused', reason: expect.stringContaining('shell command') }])
  }, 300_000)
})

describe.each(['claude', 'codex'] as const)('send to %s', (kind) => {
  it('64 kB arrive, and two senders at once do not get into each other', async () => {
    sandbox.teamFile({ lead: { kind } })
    await ok(sandbox, ['up'])
    const big = `begin\n${'0123456789abcde\n'.repeat(4_096)}end`
    sandbox.write('big.md', big)
    expect((await send(['web:lead', '--file', 'big.md', '--wait'])).code).toBe(0)
    expect(received('lead', 'begin\n').map(({ text }) => text)).toEqual([big])
    const both = await Promise.all(
      ['one', 'two'].map((name) => send(['web:lead', `sender ${name} SLOW 1`, '--queue'])),
    )
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    await ok(sandbox, ['wait', 'web:lead', '--timeout', '60s'])
    for (const name of ['one', 'two']) expect(received('lead', `sender ${name} SLOW 1`)).toHaveLength(1)
  }, 300_000)

  it('is refused where it would do harm, says why, and types nothing', async () => {
    sandbox.teamFile({ lead: { kind } })
    const refused = async (args: readonly string[], reason: RegExp) => {
      const { code, sent } = await send(['web:lead', 'never', ...args])
      expect({ code, sent }).toMatchObject({ code: 1, sent: [{ delivery: 'refused' }] })
      expect(sent[0]?.reason).toMatch(reason)
    }
    await refused([], /not running/)
    await ok(sandbox, ['up'])
    await ok(sandbox, ['send', 'web:lead', 'TOOL `touch asked`'])
    await untilActivity(sandbox, 'lead', 'waiting')
    for (const how of [[], ['--queue'], ['--interrupt']])
      await refused(how, /waits for an answer: .*touch asked/)
    press(sandbox, 'lead', 'Escape')
    await untilActivity(sandbox, 'lead', 'idle')
    await ok(sandbox, ['send', 'web:lead', 'SLOW 60'])
    await untilActivity(sandbox, 'lead', 'busy')
    await refused([], /busy/)
    const { sent } = await send(['web:lead', 'instead', '--interrupt', '--wait'])
    expect(sent).toMatchObject([{ delivery: 'accepted', answer: expect.stringContaining(hashOf('instead')) }])
    const waiting = sandbox.start(['send', '--json', 'web:lead', 'SLOW 61', '--wait'])
    await untilActivity(sandbox, 'lead', 'busy')
    await untilShown(sandbox, 'lead', 'tick3')
    press(sandbox, 'lead', 'Escape')
    const broken = await waiting.done
    expect(broken.code).toBe(1)
    expect(broken.stdout).toContain('the turn was interrupted')
    paste(sandbox, 'lead', 'a draft')
    await refused([], /holds a text that nobody has submitted/)
    expect(received('lead', 'never')).toEqual([])
    expect((await row(sandbox, 'web:lead')).restarts).toBe(0)
  }, 300_000)
})
