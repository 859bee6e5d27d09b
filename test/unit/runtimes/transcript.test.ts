import { describe, expect, it } from 'vitest'
import type { RuntimeKind } from '../../../src/model/runtime.ts'
import { answerTo, failureOf, type TranscriptEntry } from '../../../src/model/transcript.ts'
import { runtimeOf } from '../../../src/runtimes/registry.ts'

const timestamp = '2026-01-02T03:04:05.678Z'
const at = Date.parse(timestamp)

function read(kind: RuntimeKind, ...lines: readonly object[]): readonly TranscriptEntry[] {
  const entries = runtimeOf(kind).sessions?.entries
  return lines.flatMap((line) => entries?.({ timestamp, ...line }) ?? [])
}

describe('a transcript', () => {
  it('of claude', () => {
    const said = (type: string, content: unknown, more: object = {}) => ({
      type,
      message: { role: type, content },
      ...more,
    })
    const lines = [
      said('user', 'hello'),
      said('assistant', [
        { type: 'text', text: 'hi' },
        { type: 'tool_use', name: 'Bash', input: { command: 'npm  test', description: 'x' } },
      ]),
      said('user', [{ type: 'tool_result', content: 'ok' }]),
      said('assistant', [{ type: 'text', text: 'of a subagent' }], { isSidechain: true }),
      said('user', 'a caveat', { isMeta: true }),
      {
        type: 'assistant',
        message: { model: '<synthetic>', content: [{ type: 'text', text: 'API Error: 529' }] },
        isApiErrorMessage: true,
      },
      {
        type: 'assistant',
        message: { model: '<synthetic>', content: [{ type: 'text', text: 'No response requested.' }] },
      },
      { type: 'file-history-snapshot' },
    ]
    expect(read('claude', ...lines)).toEqual([
      { at, who: 'user', text: 'hello' },
      { at, who: 'agent', text: 'hi' },
      { at, who: 'tool', text: 'Bash: npm test' },
      { at, who: 'error', text: 'API Error: 529' },
    ])
  })

  it('of an interrupted turn of claude, which is nobody’s word', () => {
    const user = (text: string) => ({ type: 'user', message: { content: [{ type: 'text', text }] } })
    const entries = read('claude', user('go'), user('[Request interrupted by user for tool use]'))
    expect(entries).toEqual([
      { at, who: 'user', text: 'go' },
      { at, who: 'error', text: 'the turn was interrupted' },
    ])
    expect(failureOf(entries, 'go', at)).toBe('the turn was interrupted')
    expect(failureOf([...entries, { at, who: 'agent', text: 'after all' }], 'go', at)).toBeNull()
    expect(failureOf(entries, 'another', at)).toBeNull()
  })

  it('of codex', () => {
    const item = (type: string, text: string) => ({
      type: 'event_msg',
      payload: { type: 'item_completed', item: { type, content: [{ type: 'text', text }] } },
    })
    const call = { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}' }
    const lines = [
      { type: 'session_meta', payload: {} },
      {
        type: 'response_item',
        payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
      },
      item('UserMessage', 'hello'),
      { type: 'response_item', payload: call },
      item('AgentMessage', 'hi'),
      { type: 'event_msg', payload: { type: 'turn_aborted' } },
    ]
    expect(read('codex', ...lines)).toEqual([
      { at, who: 'user', text: 'hello' },
      { at, who: 'tool', text: 'exec_command: ls' },
      { at, who: 'agent', text: 'hi' },
      { at, who: 'error', text: 'the turn was interrupted' },
    ])
  })

  it('of gemini', () => {
    const lines = [
      { type: 'user', content: [{ text: '<session_context>\nwhere it is' }] },
      { type: 'user', content: [{ text: 'hello' }] },
      { type: 'gemini', content: 'hi', toolCalls: [{ name: 'run_shell_command', args: { command: 'ls' } }] },
      { $set: { lastUpdated: timestamp } },
      { type: 'error', content: '[API Error: 401]' },
      { type: 'info', content: 'press F12' },
    ]
    expect(read('gemini', ...lines)).toEqual([
      { at, who: 'user', text: 'hello' },
      { at, who: 'agent', text: 'hi' },
      { at, who: 'tool', text: 'run_shell_command: ls' },
      { at, who: 'error', text: '[API Error: 401]' },
    ])
  })

  it('is no place for lines of other shapes', () => {
    for (const kind of ['claude', 'codex', 'gemini'] as const)
      expect(read(kind, {}, { type: 'user' }, { type: 'assistant', message: 3 }, { payload: [] })).toEqual([])
  })
})

describe('the answer to a prompt', () => {
  const entry = (who: TranscriptEntry['who'], text: string): TranscriptEntry => ({ at, who, text })

  it('is what was said after the last tool of its own turn', () => {
    const entries = [
      entry('user', 'one'),
      entry('agent', 'first'),
      entry('user', 'two  words\n'),
      entry('agent', 'let me look'),
      entry('tool', 'Bash: ls'),
      entry('agent', 'a'),
      entry('agent', 'b'),
      entry('user', 'three'),
      entry('agent', 'third'),
    ]
    expect(answerTo(entries, 'two words', 0)).toBe('a\n\nb')
    expect(answerTo(entries, 'one', 0)).toBe('first')
    const early = { ...entry('agent', 'written first'), at: at + 1 }
    expect(answerTo([early, entry('user', 'said first')], 'said first', 0)).toBe('written first')
    expect(answerTo(entries, 'never said', 0)).toBe(null)
    // The same words, said before.
    expect(answerTo(entries, 'one', at)).toBe('first')
    expect(answerTo(entries, 'one', at + 1)).toBe(null)
    expect(answerTo([entry('user', 'one')], 'one', 0)).toBe(null)
    expect(answerTo([entry('user', 'x'), entry('agent', 'so'), entry('tool', 'Bash: ls')], 'x', 0)).toBe('so')
  })
})
