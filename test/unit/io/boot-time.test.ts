import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeOfBoot } from '../../../src/io/boot-time.ts'

describe('the time in the words of the uptime', () => {
  it('is the date, the ms of its day, and the uptime then', () => {
    const noon = new Date('2026-01-31T12:00:00.123Z')
    expect(timeOfBoot(noon, () => '5296.78 9000.00\n')).toBe('2026-01-31 43200123 5296780')
  })

  it('fits into its file for as long as a machine can be up', () => {
    const days = fc.integer({ min: 0, max: 36_500 })
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        days,
        (now, up) => {
          const text = timeOfBoot(now, () => `${up * 86_400}.99 0.00\n`)
          expect(`down ${text}`).toMatch(/^down \d{4}-\d\d-\d\d \d{1,8} \d+$/)
          expect(`down ${text}`.length).toBeLessThan(40)
        },
      ),
    )
  })

  it.each([
    ['no such file', () => expect.fail('ENOENT')],
    ['something else in it', () => 'x 1\n'],
  ])('is unknown where there is %s', (_, uptime) => {
    expect(timeOfBoot(new Date(), uptime)).toBeNull()
  })
})
