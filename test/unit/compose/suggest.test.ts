import { describe, expect, it } from 'vitest'
import { nearest, suggestion } from '../../../src/compose/suggest.ts'

describe('nearest', () => {
  it.each([
    ['rol', ['runtime', 'role', 'model'], 'role'],
    ['agnets', ['agents', 'args'], 'agents'],
    ['Command', ['command'], 'command'],
    ['env-file', ['env', 'env_file'], 'env_file'],
    ['xyz', ['cwd', 'env'], null],
    ['x', [], null],
  ])('%s among %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected)
  })

  it('offers the choice where nothing is near', () => {
    expect(suggestion('xyz', ['cwd', 'env'])).toBe('; it can be cwd, env')
    expect(suggestion('xyz', [])).toBe('')
  })
})
