import { describe, expect, it } from 'vitest'
import type { AgentSpec } from '../../../src/model/agent.ts'
import type { RuntimeKind } from '../../../src/model/runtime.ts'
import type { HeadlessResult } from '../../../src/runtimes/headless.ts'
import { runtimeOf } from '../../../src/runtimes/registry.ts'
import { agentSpec } from '../../support/launches.ts'

function argv(kind: RuntimeKind, session: { id: string; resume: boolean } | null): readonly string[] {
  const spec: AgentSpec = { ...agentSpec({ command: ['true'] }), kind, command: null, model: 'm' }
  return runtimeOf(kind).headless?.argv(spec, '-p $x', session) ?? []
}

function parse(kind: RuntimeKind, ...lines: readonly (string | object)[]): HeadlessResult | undefined {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  return runtimeOf(kind).headless?.parse(`${texts.join('\n')}\n`)
}

describe('the headless call', () => {
  it('takes a prompt that begins with a dash as one word', () => {
    expect(argv('claude', null).slice(-2)).toEqual(['--', '-p $x'])
    expect(argv('codex', null).slice(-2)).toEqual(['--', '-p $x'])
    expect(argv('gemini', null).at(-1)).toBe('--prompt=-p $x')
    expect(argv('opencode', null).slice(-2)).toEqual(['--', '-p $x'])
  })

  it('begins or resumes a session', () => {
    const resume = { id: 'abc', resume: true }
    expect(argv('claude', { id: 'abc', resume: false }).join(' ')).toContain('--session-id abc')
    expect(argv('claude', resume).join(' ')).toContain('--resume abc')
    expect(argv('codex', resume).slice(-4)).toEqual(['resume', '--', 'abc', '-p $x'])
    expect(argv('gemini', resume).join(' ')).toContain('--resume abc')
    expect(argv('opencode', resume).join(' ')).toContain('--session abc')
    expect(runtimeOf('command').headless).toBeNull()
  })
})

describe('the headless output', () => {
  it('of claude: an API error is one, whatever its subtype says', () => {
    const init = { type: 'system', subtype: 'init', session_id: 's1' }
    const done = { type: 'result', subtype: 'success', is_error: false, result: 'hi', total_cost_usd: 0.5 }
    const usage = { input_tokens: 3, output_tokens: 4 }
    expect(parse('claude', 'a warning', init, { ...done, usage })).toEqual({
      text: 'hi',
      sessionId: 's1',
      error: null,
      usage: { input: 3, output: 4 },
      costUsd: 0.5,
    })
    expect(parse('claude', init, { ...done, is_error: true, result: 'API Error: 400' })).toMatchObject({
      text: null,
      error: 'API Error: 400',
    })
    expect(parse('claude', init)).toMatchObject({ error: 'it ended without a result', sessionId: 's1' })
  })

  it('of codex: the last message counts, and an item of type error is no failure', () => {
    const item = (text: string) => ({ type: 'item.completed', item: { type: 'agent_message', text } })
    const lines = [
      { type: 'thread.started', thread_id: 't1' },
      { type: 'item.completed', item: { type: 'error', message: 'no metadata' } },
      item('first'),
      item('last'),
    ]
    const completed = { type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 2 } }
    expect(parse('codex', ...lines, completed)).toMatchObject({ text: 'last', sessionId: 't1', error: null })
    expect(parse('codex', ...lines, { type: 'turn.failed', error: { message: 'limit' } })).toMatchObject({
      error: 'limit',
    })
  })

  it('of gemini: the pieces of the answer are put together', () => {
    const piece = (content: string) => ({ type: 'message', role: 'assistant', content, delta: true })
    const lines = [
      { type: 'init', session_id: 'g1' },
      { type: 'message', role: 'user', content: 'q' },
    ]
    const result = { type: 'result', status: 'success', stats: { input_tokens: 1, output_tokens: 2 } }
    expect(parse('gemini', ...lines, piece('a'), piece('b'), result)).toMatchObject({
      text: 'ab',
      error: null,
    })
    expect(parse('gemini', ...lines)).toMatchObject({ text: null, error: 'it ended without a result' })
  })

  it('of opencode', () => {
    const text = { type: 'text', sessionID: 'ses_1', part: { text: 'hi' } }
    const finish = {
      type: 'step_finish',
      sessionID: 'ses_1',
      part: { tokens: { input: 1, output: 2 }, cost: 0 },
    }
    expect(parse('opencode', text, finish)).toEqual({
      text: 'hi',
      sessionId: 'ses_1',
      error: null,
      usage: { input: 1, output: 2 },
      costUsd: 0,
    })
    expect(parse('opencode', '')).toMatchObject({ error: 'no answer' })
  })
})
