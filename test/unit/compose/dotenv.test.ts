import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDotenv } from '../../../src/compose/dotenv.ts'

const values = (text: string) => {
  const { assignments, problems } = parseDotenv(text)
  expect(problems).toEqual([])
  return Object.fromEntries(assignments.map(({ name, value }) => [name, value]))
}

describe('parseDotenv', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['A=', { A: '' }],
    ['A', { A: null }],
    ['export A', { A: null }],
    ['export A=1', { A: '1' }],
    ['export=1', { export: '1' }],
    ['  A = 1  ', { A: '1' }],
    ['A: 1', { A: '1' }],
    ['A=a b  c', { A: 'a b  c' }],
    ['A=x=y=z', { A: 'x=y=z' }],
    ['A=one # two', { A: 'one' }],
    ['A=one\t# two', { A: 'one' }],
    ['A=one#two', { A: 'one#two' }],
    ['A=#one', { A: '#one' }],
    ['A= # nothing', { A: '' }],
    ['A # nothing', { A: null }],
    ['# A=1\n\n  # x\nB=2', { B: '2' }],
    ["A='one # $two \\n' # three", { A: 'one # $two \\n' }],
    ['A="one # $two" # three', { A: 'one # $two' }],
    ['A="a\\nb\\tc\\"d\\\\e\\$f\\rg"', { A: 'a\nb\tc"d\\e$f\rg' }],
    ['A="C:\\dir\\x"', { A: 'C:\\dir\\x' }],
    ["A='one\ntwo'\nB=3", { A: 'one\ntwo', B: '3' }],
    ['A="one\n\ntwo"\nB=3', { A: 'one\n\ntwo', B: '3' }],
    ['A=$B${C}`d`', { A: '$B${C}`d`' }],
    ["A=it's", { A: "it's" }],
    ['A=1\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
    ['A=1\nA=2', { A: '2' }],
    ['foo.bar-baz=1', { 'foo.bar-baz': '1' }],
    ['A=\u00a0', { A: '\u00a0' }],
    ['', {}],
  ])('%j', (text, expected) => {
    expect(values(text)).toEqual(expected)
  })

  it('counts lines, also within quotes', () => {
    const { assignments } = parseDotenv("# c\nA='1\n2'\n\nB=3\nC")
    expect(assignments.map(({ name, line }) => [name, line])).toEqual([
      ['A', 2],
      ['B', 5],
      ['C', 6],
    ])
  })

  it.each([
    ['A=1\n=2', 2, 'expected NAME=value'],
    ['1A=2', 1, 'expected NAME=value'],
    ['A b=2', 1, 'expected NAME=value'],
    ['\n\nA="x', 3, 'the " of A is never closed'],
    ["A='it's'", 1, "unexpected text after the closing ' of A"],
    ['B=1\nA="x" y', 2, 'unexpected text after the closing " of A'],
  ])('%j: line %d, %s', (text, line, message) => {
    expect(parseDotenv(text).problems).toEqual([{ line, message }])
  })

  it('lists every problem and never a value', () => {
    const { problems } = parseDotenv('=hunter2\nA="hunter2" hunter2\nB=1\nhunter2 hunter2\nC="hunter2')
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 4, 5])
    expect(JSON.stringify(problems[0]) + JSON.stringify(problems[1])).not.toContain('hunter2')
  })

  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\r\n'))
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/)

  it('reads back what is written in double quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (pairs) => {
        const quote = (value: string) => `"${value.replace(/["\\$]/g, '\\$&')}"`
        const written = pairs.map(([key, value]) => `${key}=${quote(value)}\n`).join('')
        const { assignments, problems } = parseDotenv(written)
        expect(problems).toEqual([])
        expect(assignments.map((assignment) => [assignment.name, assignment.value])).toEqual(pairs)
      }),
    )
  })

  it('reads back what is written in single quotes', () => {
    const literal = text.filter((value) => !value.includes("'"))
    fc.assert(
      fc.property(name, literal, (key, value) => {
        expect(values(`export ${key}='${value}' # comment`)).toEqual({ [key]: value })
      }),
    )
  })

  it('reads back plain words without quotes', () => {
    const word = fc.stringMatching(/^[^\s"'#]([^\n\r]*[^\s#])?$/).filter((value) => !/[ \t]#/.test(value))
    fc.assert(
      fc.property(name, word, (key, value) => {
        expect(values(`${key}=${value}`)).toEqual({ [key]: value })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'A="\'\\\n #$:\r') }), (anything) => {
        parseDotenv(anything)
      }),
      { numRuns: 2000 },
    )
  })
})
