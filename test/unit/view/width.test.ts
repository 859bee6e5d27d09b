import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayWidth, pad, truncate } from '../../../src/view/width.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['web:lead', 8],
    ['ünï', 3],
    ['日本語', 6],
    ['한글', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['→ ✔', 3],
    ['ｆｕ', 4],
    ['⠋', 1],
  ])('%j takes %d columns', (text, width) => expect(displayWidth(text)).toBe(width))
})

describe('truncate', () => {
  it.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%j to %d columns is %j', (text, width, cut) => expect(truncate(text, width)).toBe(cut))

  it('never takes more room than it may, and pads to exactly that', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '日', '👍', 'e\u0301') })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (any, width) => {
        expect(displayWidth(truncate(any, width))).toBeLessThanOrEqual(width)
        expect(displayWidth(pad(truncate(any, width), width))).toBe(width)
      }),
    )
  })
})
