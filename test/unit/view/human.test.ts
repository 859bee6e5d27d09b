import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  humanAge,
  humanBytes,
  humanElapsed,
  localTime,
  relativeTime,
  safeLines,
  safeText,
} from '../../../src/view/human.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('humanAge', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [999, '0s'],
    [5_999, '5s'],
    [59_999, '59s'],
    [minute, '1m'],
    [hour - 1, '59m'],
    [hour, '1h'],
    [day - 1, '23h'],
    [day, '1d'],
    [400 * day, '400d'],
  ])('%d ms is %s', (ms, text) => expect(humanAge(ms)).toBe(text))
})

describe('humanElapsed', () => {
  it.each([
    [0, '0s'],
    [40, '0s'],
    [300, '0.3s'],
    [1_000, '1s'],
    [9_949, '9.9s'],
    [9_960, '10s'],
    [30_049, '30s'],
    [59_949, '59s'],
    [59_960, '1m00s'],
    [65_000, '1m05s'],
    [hour + 2 * minute, '1h02m'],
  ])('%d ms is %s', (ms, text) => expect(humanElapsed(ms)).toBe(text))
})

describe('humanBytes', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1_536, '1.5 KiB'],
    [10_189, '10 KiB'],
    [1_048_575, '1.0 MiB'],
    [20 * 1024 * 1024, '20 MiB'],
    [3 * 1024 ** 5, '3072 TiB'],
  ])('%d is %s', (bytes, text) => expect(humanBytes(bytes)).toBe(text))
})

describe('relativeTime', () => {
  it('looks back, ahead, and at now', () => {
    expect(relativeTime(1_000, 181_000)).toBe('3m ago')
    expect(relativeTime(6_000, 1_000)).toBe('in 5s')
    expect(relativeTime(1_000, 1_999)).toBe('just now')
  })
})

describe('localTime', () => {
  it('is the time of this machine', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5)
    expect(localTime(local.toISOString())).toBe('2026-01-02 03:04:05')
  })

  it('shows text that is no time, safely', () => {
    expect(localTime('soon\u001b[31m')).toBe('soon\\x1b[31m')
  })
})

describe('safeText', () => {
  it.each([
    ['plain text, ünïcode 日本 👩‍💻', 'plain text, ünïcode 日本 👩‍💻'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['\u001b[2J', '\\x1b[2J'],
    ['\u009b31m', '\\x9b31m'],
    ['safe\u202etxt', 'safe\\u202etxt'],
    ['\ud800', '\\ud800'],
  ])('%j', (text, shown) => expect(safeText(text)).toBe(shown))

  it('leaves no control character and does not change what is safe', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = safeText(text)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
        expect(safeText(shown)).toBe(shown)
      }),
    )
  })

  it('keeps lines apart where lines are wanted', () => {
    expect(safeLines('a\r\nb\u0007\n')).toEqual(['a', 'b\\x07', ''])
  })
})
