import { expect, it } from 'vitest'
import { plainLine } from '../../../src/cli/plain-line.ts'

const read = (...argv: readonly string[]) => {
  const found = plainLine(argv)
  return found === null
    ? null
    : [found.spec.name, found.line.options, found.line.globals.json, found.line.globals.quiet]
}

it('understands names and switches', () => {
  expect(read('ps')).toEqual(['ps', {}, false, false])
  expect(read('ps', '-a', '--json')).toEqual(['ps', { all: true, json: true }, true, false])
  expect(read('task', 'ls', '-a', '-q')).toEqual(['ls', { all: true, quiet: true }, false, true])
  expect(read('task', 'prune')).toEqual(['prune', {}, false, false])
})

it('leaves to the parser all that has more to it', () => {
  const others = [
    [],
    ['nothing'],
    ['task'],
    ['task', 'nothing'],
    ['ps', '--nothing'],
    ['ps', '-aq'],
    ['ps', 'web'],
    ['ps', '--', '-a'],
    ['ps', '--help'],
    ['ps', '--status', 'running'],
    ['ps', '-f'],
    ['ps', '--no-color'],
    ['-q', 'ps'],
    ['task', 'show'],
    ['task', 'show', '-q'],
    ['logs', '-f'],
    ['__job'],
  ]
  for (const argv of others) expect([argv, read(...argv)]).toEqual([argv, null])
})
