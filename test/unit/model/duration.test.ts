import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../../src/model/duration.ts'

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['1.5s', 1_500],
    ['0.5h', 1_800_000],
    ['1.0004s', 1_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    '30',
    's',
    '-1s',
    '+1s',
    '1 s',
    ' 1s',
    '1s ',
    '1d',
    '1S',
    '1m1h',
    '1s1s',
    '.5s',
    '1.s',
    '1e3s',
    '１s',
  ])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeNull()
  })

  it('is the sum of its parts', () => {
    const counts = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))
    fc.assert(
      fc.property(
        counts,
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
        (count, given) => {
          fc.pre(given.includes(true))
          let text = ''
          let ms = 0
          for (const [index, [unit, size]] of units.entries()) {
            if (given[index] !== true) continue
            text += `${count[index]}${unit}`
            ms += (count[index] ?? 0) * size
          }
          expect(parseDuration(text)).toBe(ms)
        },
      ),
    )
  })

  it('reads no bare number, however long', () => {
    fc.assert(
      fc.property(fc.double(), (number) => {
        expect(parseDuration(String(number))).toBeNull()
      }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.2, '0s'],
    [500, '500ms'],
    [1_500, '1s500ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [86_400_000, '24h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('is read back as the same duration', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 52), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })

  it('is not longer than it has to be: no unit twice, none that is zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (ms) => {
        expect(formatDuration(ms)).toMatch(/^([1-9]\d*h)?([1-5]?\dm)?([1-5]?\ds)?([1-9]\d{0,2}ms)?$/)
        expect(formatDuration(ms)).not.toMatch(/(^|\D)0/)
      }),
    )
  })
})
