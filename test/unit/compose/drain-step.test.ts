import { describe, expect, it } from 'vitest'
import { parseDrainStep } from '../../../src/compose/drain-step.ts'

const message = (text: string) => {
  const result = parseDrainStep(text)
  return result.ok ? null : result.message
}

describe('parseDrainStep', () => {
  it.each([
    'C-c',
    'Escape',
    'q',
    'Y',
    '1',
    '/',
    'é',
    'C-d',
    'M-x',
    'C-M-x',
    'S-Left',
    'C-\\',
    'F1',
    'F12',
    'BTab',
    'PPage',
    '-',
  ])('takes the key %s', (key) => {
    expect(parseDrainStep(key)).toEqual({ ok: true, value: { kind: 'key', key } })
  })

  it('takes pauses and signals', () => {
    expect(parseDrainStep('500ms')).toEqual({ ok: true, value: { kind: 'pause', ms: 500 } })
    expect(parseDrainStep('SIGTERM')).toEqual({ ok: true, value: { kind: 'signal', signal: 'SIGTERM' } })
  })

  it.each(['Enter', 'enter', 'KPEnter', 'C-m', 'C-M', 'C-j', 'M-Enter', 'S-Enter', 'M-C-m', 'C-Enter'])(
    'refuses %s, which submits',
    (key) => {
      expect(message(key)).toBe(
        `"${key}" submits: in a permission dialog it would approve; end with C-c or a signal`,
      )
    },
  )

  it.each(['/exit', 'exit now', 'yes', 'C-cc', '^C', 'C-', 'X-a', ' ', '', '\t', '\u0007', 'F13', '😀😀'])(
    'refuses %j',
    (text) => {
      expect(message(text)).not.toBeNull()
    },
  )

  it('says that ending never types text', () => {
    expect(message('/exit')).toContain('ending an agent never types text')
  })

  it.each([
    ['escape', 'Escape'],
    ['Escpe', 'Escape'],
    ['SIGTRM', 'SIGTERM'],
    ['sigterm', 'SIGTERM'],
    ['TERM', 'SIGTERM'],
    ['kill', 'SIGKILL'],
  ])('for %s offers %s', (text, near) => {
    expect(message(text)).toBe(`unknown step "${text}"; did you mean "${near}"?`)
  })

  it('refuses a pause that nobody would wait for', () => {
    expect(message('11m')).toBe('the pause "11m" is too long; at most 10m')
    expect(message(`${'9'.repeat(400)}h`)).toContain('too long')
  })
})
