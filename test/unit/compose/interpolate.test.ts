import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpolate } from '../../../src/compose/interpolate.ts'

const variables = new Map([
  ['SET', 'value'],
  ['EMPTY', ''],
  ['_x1', 'under'],
])

function run(template: string, known: ReadonlyMap<string, string> = variables) {
  const unset: string[] = []
  const asked: string[] = []
  const result = interpolate(template, {
    get: (name) => {
      asked.push(name)
      return known.get(name)
    },
    unset: (name) => unset.push(name),
  })
  return { result, unset, asked }
}

describe('interpolate', () => {
  it.each([
    ['', ''],
    ['no dollar', 'no dollar'],
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['a${SET}b$SET-c', 'avaluebvalue-c'],
    ['$_x1', 'under'],
    ['$$', '$'],
    ['$$SET', '$SET'],
    ['$$$SET', '$value'],
    ['$${SET}', '${SET}'],
    ['[${EMPTY}]', '[]'],
    ['${SET:-d}', 'value'],
    ['${EMPTY:-d}', 'd'],
    ['${NO:-d}', 'd'],
    ['${SET-d}', 'value'],
    ['${EMPTY-d}', ''],
    ['${NO-d}', 'd'],
    ['${NO:-}', ''],
    ['${NO-}', ''],
    ['${SET:+a}', 'a'],
    ['${EMPTY:+a}', ''],
    ['${NO:+a}', ''],
    ['${SET+a}', 'a'],
    ['${EMPTY+a}', 'a'],
    ['${NO+a}', ''],
    ['${SET:?m}', 'value'],
    ['${EMPTY?m}', ''],
    ['${NO:-${SET}}', 'value'],
    ['${NO:-a${NO:-b${SET}c}d}', 'abvaluecd'],
    ['${NO:-$$}', '$'],
    ['${NO:-{"a": 1}}', '{"a": 1}'],
    ['${SET:-{"a": 1}}', 'value'],
    ['${NO:-a:-b}', 'a:-b'],
    ['${NO:-a b\n"c"}', 'a b\n"c"'],
    ['${SET:+${SET}${SET}}', 'valuevalue'],
    ['${NO:-x}}', 'x}'],
  ])('%s becomes %s', (template, text) => {
    const { result, unset } = run(template)
    expect(result).toEqual({ ok: true, text })
    expect(unset).toEqual([])
  })

  it('tells of each variable that has neither value nor default', () => {
    const { result, unset } = run('$NO,${NO2},${NO3:-},$EMPTY,${NO4:-$NO5}')
    expect(result).toEqual({ ok: true, text: ',,,,' })
    expect(unset).toEqual(['NO', 'NO2', 'NO5'])
  })

  it('asks only for what it needs', () => {
    expect(run('${SET:-${NO}} ${NO:+${SET}} ${SET:-${NO:?never}}').asked).toEqual(['SET', 'NO', 'SET'])
  })

  it.each([
    ['${NO:?give it}', 'required variable NO is missing a value: give it'],
    ['${NO?give it}', 'required variable NO is missing a value: give it'],
    ['${EMPTY:?}', 'required variable EMPTY is missing a value'],
    ['${NO:?use ${SET}}', 'required variable NO is missing a value: use value'],
    ['$', 'a "$" here begins no variable; write "$$" for a dollar sign'],
    ['cost $5', 'a "$" here begins no variable; write "$$" for a dollar sign'],
    ['$(ls)', 'a "$" here begins no variable; write "$$" for a dollar sign'],
    ['${', 'a "${" is never closed; write "$$" for a dollar sign'],
    ['${SET', 'a "${" is never closed; write "$$" for a dollar sign'],
    ['${NO:-${SET}', 'a "${" is never closed; write "$$" for a dollar sign'],
    ['${}', '"${" must be followed by the name of a variable'],
    ['${1}', '"${" must be followed by the name of a variable'],
    ['${SET:=x}', 'after "${SET" comes "}" or one of :- - :? ? :+ +'],
    ['${SET:}', 'after "${SET" comes "}" or one of :- - :? ? :+ +'],
    ['${SET }', 'after "${SET" comes "}" or one of :- - :? ? :+ +'],
  ])('%s: %s', (template, message) => {
    expect(run(template).result).toEqual({ ok: false, message })
  })

  it('does not interpolate what a variable holds', () => {
    expect(run('$A', new Map([['A', '$SET ${SET} $$']])).result).toEqual({ ok: true, text: '$SET ${SET} $$' })
  })
})

/** What a template means, as a tree: written out and evaluated apart from the parser under test. */
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'plain'; readonly name: string; readonly braces: boolean }
  | {
      readonly kind: 'choice'
      readonly name: string
      readonly colon: boolean
      readonly operator: '-' | '+'
      readonly inner: readonly Node[]
    }

const write = (nodes: readonly Node[]): string =>
  nodes
    .map((node) => {
      switch (node.kind) {
        case 'text':
          return node.text.replaceAll('$', '$$$$')
        case 'plain':
          return node.braces ? `\${${node.name}}` : `$${node.name}`
        case 'choice':
          return `\${${node.name}${node.colon ? ':' : ''}${node.operator}${write(node.inner)}}`
        default:
          throw node satisfies never
      }
    })
    .join('')

function meaning(nodes: readonly Node[], known: ReadonlyMap<string, string>): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text
      const value = known.get(node.name)
      if (node.kind === 'plain') return value ?? ''
      const counts = value !== undefined && (value !== '' || !node.colon)
      if (node.operator === '+') return counts ? meaning(node.inner, known) : ''
      return counts ? value : meaning(node.inner, known)
    })
    .join('')
}

const names = fc.constantFrom('A', 'B_2', '_c', 'EMPTY')
const { nodes } = fc.letrec<{ node: Node; nodes: Node[] }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    // Plain braces must pair up, and a name must not run on into the text behind it.
    fc.record({ kind: fc.constant('text' as const), text: fc.stringMatching(/^[ :?+$\-"'\n]{0,5}$/) }),
    fc.record({ kind: fc.constant('plain' as const), name: names, braces: fc.constant(true) }),
    fc.record({
      kind: fc.constant('choice' as const),
      name: names,
      colon: fc.boolean(),
      operator: fc.constantFrom('-' as const, '+' as const),
      inner: tie('nodes'),
    }),
  ),
  nodes: fc.array(tie('node'), { maxLength: 4 }),
}))

describe('interpolate, against a model', () => {
  it('means what the tree means', () => {
    const values = fc.dictionary(names, fc.string(), { noNullPrototype: true })
    fc.assert(
      fc.property(nodes, values, (tree, given) => {
        const known = new Map(Object.entries({ ...given, EMPTY: '' }))
        expect(run(write(tree), known).result).toEqual({ ok: true, text: meaning(tree, known) })
      }),
      { numRuns: 2000 },
    )
  })

  it('takes back any text whose dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(run(text.replaceAll('$', '$$$$')).result).toEqual({ ok: true, text })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'${}A:-?+ ') }), (anything) => {
        run(anything)
      }),
      { numRuns: 2000 },
    )
  })
})
