import { describe, expect, it } from 'vitest'
import { renderEnvFile } from '../../../src/render/env-file.ts'

describe('renderEnvFile', () => {
  it('exports each variable in the given order and ends in a command that succeeds', () => {
    expect(renderEnvFile({ PATH: '/bin', QUOTE: "it's", EMPTY: '' })).toBe(
      "export PATH='/bin'\nexport QUOTE='it'\\''s'\nexport EMPTY=''\n:\n",
    )
  })

  it('of nothing still succeeds', () => expect(renderEnvFile({})).toBe(':\n'))

  it.each([
    ['A.B', 'environment variable "A.B" is not a name that a shell can export (letters, digits and _)'],
    [
      'X=Y; rm',
      'environment variable "X=Y; rm" is not a name that a shell can export (letters, digits and _)',
    ],
    ['', 'environment variable "" is not a name that a shell can export (letters, digits and _)'],
    ['UID', 'environment variable "UID" is a variable that the shell sets itself'],
  ])('refuses the name %j', (name, message) => {
    expect(() => renderEnvFile({ [name]: 'x' })).toThrowError(message)
  })

  it('refuses a NUL without showing more than its beginning', () => {
    const secret = `${'x'.repeat(50)}end`
    expect(() => renderEnvFile({ KEY: `\0${secret}` })).toThrowError(/^((?!end).)*$/s)
  })
})
