import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tailOffset } from '../../../src/cli/jobs/watch.ts'
import { byteLogEnd, createByteLog, readByteLog } from '../../../src/io/byte-log.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tail-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

let count = 0

function tail(text: string, lines: number, limit?: number): string {
  count += 1
  const log = createByteLog(dir, `log${count}`, limit)
  log.append(Buffer.from(text))
  log.close()
  const offset = tailOffset(dir, `log${count}`, lines)
  return readByteLog(dir, `log${count}`, offset).bytes.toString()
}

it('shows the last lines, however long they are', () => {
  const long = 'x'.repeat(300_000)
  expect(tail(`a\n${long}\n${long}\nlast\n`, 2)).toBe(`${long}\nlast\n`)
  expect(tail(`a\n${long}\n${long}\nlast`, 3)).toBe(`${long}\n${long}\nlast`)
})

it('shows as many as are asked for, however many', () => {
  const lines = Array.from({ length: 200_000 }, (_, at) => `${at}\n`)
  expect(tail(lines.join(''), 100_000)).toBe(lines.slice(100_000).join(''))
  expect(tail(lines.join(''), 1_000_000)).toBe(lines.join(''))
})

it('shows what is kept where the rest is gone', () => {
  const text = 'one\ntwo\nthree\nfour\n'.repeat(20)
  const shown = tail(text, 1_000, 64)
  expect(text.endsWith(shown)).toBe(true)
  expect(shown.length).toBeGreaterThan(60)
  expect(byteLogEnd(dir, `log${count}`)).toBe(text.length)
})

it('is what splitting the text shows', () => {
  const letters = fc.array(fc.constantFrom('a', '\n', 'bc'), { maxLength: 40 })
  fc.assert(
    fc.property(letters, fc.integer({ min: 1, max: 6 }), (parts, lines) => {
      const text = parts.join('')
      const all = text.split(/(?<=\n)/)
      expect(tail(text, lines)).toBe(all.slice(-lines).join(''))
    }),
    { numRuns: 200 },
  )
})
