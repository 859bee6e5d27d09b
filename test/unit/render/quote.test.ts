import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TeamError } from '../../../src/errors.ts'
import { shellQuote } from '../../../src/render/quote.ts'

describe('shellQuote', () => {
  it.each([
    ['', "''"],
    ['plain', "'plain'"],
    ["it's", "'it'\\''s'"],
    ['$(x) `y` "z" \\', '\'$(x) `y` "z" \\\''],
    ['a\nb', "'a\nb'"],
  ])('of %j', (value, expected) => expect(shellQuote(value)).toBe(expected))

  it('is one word of a shell, whatever the value', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 60 })
      .map((value) => Buffer.from(value.replaceAll('\0', '')).toString())
    fc.assert(
      fc.property(fc.array(text, { maxLength: 10 }), (values) => {
        const script = `printf '%s\\0' x ${values.map(shellQuote).join(' ')}`
        const { stdout } = spawnSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' })
        expect(stdout.split('\0').slice(1, -1)).toEqual(values)
      }),
      { numRuns: 50 },
    )
  })

  it('refuses a NUL', () => {
    expect(() => shellQuote('a\0b')).toThrowError(TeamError)
    expect(() => shellQuote('a\0b')).toThrowError('a value holds a NUL byte: "a\\u0000b"')
  })
})
