import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { byteLogEnd, createByteLog, readByteLog } from '../../../src/io/byte-log.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bl-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('keeps the end, in at most two files, and tells how much is gone', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }), fc.nat(400), (parts, from) => {
      const name = `log${readdirSync(dir).length}x`
      // Closed half-way, and gone on with by another.
      for (const some of [parts.slice(0, parts.length / 2), parts.slice(parts.length / 2)]) {
        const log = createByteLog(dir, name, 32)
        for (const part of some) log.append(part)
        log.close()
      }
      const whole = Buffer.concat(parts)
      const files = readdirSync(dir).filter((entry) => entry.startsWith(`${name}.`))
      expect(files.length).toBeLessThanOrEqual(2)
      expect(byteLogEnd(dir, name)).toBe(whole.length)
      const offset = Math.min(from, whole.length)
      const { bytes, next, dropped } = readByteLog(dir, name, offset)
      expect(next).toBe(whole.length)
      expect(bytes.equals(whole.subarray(offset + dropped))).toBe(true)
    }),
    { numRuns: 100 },
  )
})

it('reads a log that was never written as empty', () => {
  expect(readByteLog(dir, 'none', 0)).toMatchObject({ next: 0, dropped: 0 })
})
