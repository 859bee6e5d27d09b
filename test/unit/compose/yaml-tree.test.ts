import { describe, expect, it } from 'vitest'
import { itemPath, ownerOf, position, positionOf, type Source } from '../../../src/compose/source.ts'
import type { TreeNode } from '../../../src/compose/tree.ts'
import { parseTree } from '../../../src/compose/yaml-tree.ts'

/** A tree as plain values. */
function plain(node: TreeNode | null): unknown {
  if (node === null) return null
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries(Array.from(node.entries, ([key, entry]) => [key, plain(entry.value)]))
}

const parse = (text: string): unknown => {
  const { root, problems } = parseTree(text)
  expect(problems).toEqual([])
  return plain(root)
}

const problemsOf = (text: string): readonly string[] =>
  parseTree(text).problems.map(({ offset, message }) => {
    const { line, column } = positionOf(text, offset)
    return `${line}:${column} ${message}`
  })

describe('parseTree', () => {
  it.each<[string, unknown]>([
    ['a: 1', { a: 1 }],
    ['a: -1.5e3', { a: -1500 }],
    ['a: [0x1F, 0o17, .5, +7, 1_000, 0b1]', { a: [31, 15, 0.5, 7, '1_000', '0b1'] }],
    ['a: [true, True, FALSE, yes, no, on, off]', { a: [true, true, false, 'yes', 'no', 'on', 'off'] }],
    ['a: [~, null, NULL, "", ""]', { a: [null, null, null, '', ''] }],
    ['a:\nb: ', { a: null, b: null }],
    ['a: 2024-01-02', { a: '2024-01-02' }],
    ['a: 12:30', { a: '12:30' }],
    ['a: "1"\nb: \'true\'', { a: '1', b: 'true' }],
    ['a: !!str 1', { a: '1' }],
    ['a: |\n  x\n  y\nb: >-\n  x\n  y\n', { a: 'x\ny\n', b: 'x y' }],
    ['a: "x\\ty\\u00e9\\\n  z"', { a: 'x\tyéz' }],
    ['? a\n: b', { a: 'b' }],
    ['1: x\ntrue: y', { 1: 'x', true: 'y' }],
    ['# only\na: b # comment', { a: 'b' }],
    ['---\na: b\n...\n', { a: 'b' }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    ['a: &x 1\nb: *x\nc: &x 2\nd: *x', { a: 1, b: 1, c: 2, d: 2 }],
    ['a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}', { a: { p: 1, q: 2 }, b: { q: 3, p: 1 } }],
    [
      'a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc:\n  <<: [*x, *y]',
      { a: { p: 1 }, b: { p: 2, q: 2 }, c: { p: 1, q: 2 } },
    ],
    ['a: {"<<": 1}', { a: { '<<': 1 } }],
    ['a: {!!str <<: 1}', { a: { '<<': 1 } }],
    ['[a, b]', ['a', 'b']],
    ['text', 'text'],
    ['', null],
    ['# nothing\n', null],
  ])('%j', (text, value) => {
    expect(parse(text)).toEqual(value)
  })

  it('keeps scalars as they are written', () => {
    const { root } = parseTree('a: [1.10, 0x1F, True, "x"]')
    const list = root?.kind === 'map' ? root.entries.get('a')?.value : undefined
    expect(list?.kind === 'list' && list.items.map((item) => item.kind === 'scalar' && item.text)).toEqual([
      '1.10',
      '0x1F',
      'True',
      'x',
    ])
  })

  it.each([
    ['a: 1\nb: 2\na: 3', ['3:1 duplicate key "a"']],
    ['a: {b: 1, b: 2}\na: 1', ['1:11 duplicate key "b"', '2:1 duplicate key "a"']],
    ['a: *x', ['1:4 YAML: no anchor &x before this alias']],
    ['a: &x {b: *x}', ['1:11 YAML: no anchor &x before this alias']],
    ['a: 1\n---\nb: 2', ['2:1 more than one YAML document in the file']],
    ['a: {<<: 1}', ['1:5 "<<" takes a mapping or a list of mappings']],
    ['a: !reset null', ['1:11 the tag !reset is not supported']],
    ['a: !!int "1"', ['1:10 the tag !!int is not supported']],
    ['__proto__: 1', ['1:1 the key "__proto__" is not allowed']],
    ['{a: 1}: b', ['1:1 a key must be a word']],
    ['"": b', ['1:1 a key must be a word']],
  ])('%j: %j', (text, expected) => {
    const found = problemsOf(text).map((line) => line.replace(/^(\d+):\d+ (the tag|more)/, '$1 $2'))
    expect(found).toEqual(expected.map((line) => line.replace(/^(\d+):\d+ (the tag|more)/, '$1 $2')))
  })

  it.each([
    ['a: [1', 1],
    ['a: b: c', 1],
    ['a:\n\t- x', 2],
    ['x: 1\na: "open', 2],
    ['a: @x', 1],
  ])('finds the syntax error of %j in line %d', (text, line) => {
    const found = problemsOf(text)
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(new RegExp(`^${line}:\\d+ YAML: `))
  })

  it('survives a text that is nested without end', () => {
    expect(parseTree('['.repeat(50_000)).problems.length).toBeGreaterThan(0)
  })

  it('never shows the text that it cannot read', () => {
    for (const text of ['a: "hunter2\\q"', 'a: |hunter2\n x', 'a: 1\nhunter2', '@hunter2', 'a: "x" hunter2'])
      expect(problemsOf(text).join()).not.toContain('hunter2')
  })
})

describe('positions', () => {
  const text = 'projects:\n  web:\n    agents:\n      a: {args: [x, "y"], env: {\n        K: v}}\n'
  const source: Source = {
    path: '/t/team.yaml',
    file: 'team.yaml',
    text,
    root: parseTree(text).root,
    prefix: [],
  }
  const args = ['projects', 'web', 'agents', 'a', 'args']

  it.each([
    [['projects'], 'key', '1:1'],
    [['projects', 'web'], 'key', '2:3'],
    [['projects', 'web'], 'value', '3:5'],
    [[...args, 0], 'value', '4:18'],
    [[...args, 1], 'value', '4:21'],
    [[...args, 1], 'key', '4:21'],
    [['projects', 'web', 'agents', 'a', 'env', 'K'], 'key', '5:9'],
    [['projects', 'web', 'agents', 'a', 'env', 'K'], 'value', '5:12'],
  ] as const)('%j, %s: %s', (path, at, expected) => {
    const { line, column } = position(source, path, at)
    expect(`${line}:${column}`).toBe(expected)
  })

  it('points at the nearest thing above what is not there', () => {
    expect(position(source, [...args, 7], 'value')).toEqual({ line: 4, column: 17 })
    expect(position(source, ['projects', 'nope', 'x'], 'key')).toEqual({ line: 1, column: 1 })
  })

  it('counts lines by newline, whatever ends them', () => {
    expect(positionOf('a\r\nb\n\nc', 6)).toEqual({ line: 4, column: 1 })
    expect(positionOf('', 0)).toEqual({ line: 1, column: 1 })
  })

  const other: Source = { ...source, file: 'other.yaml', text: 'a: 1', root: parseTree('a: 1').root }
  const project: Source = {
    path: '/t/docs.yaml',
    file: 'docs.yaml',
    text: 'cwd: x',
    root: parseTree('cwd: x').root,
    prefix: ['projects', 'docs'],
  }

  it('finds the source that has most of a path, the last of several', () => {
    const sources = [source, other, project]
    expect(ownerOf(sources, args)?.file).toBe('team.yaml')
    expect(ownerOf(sources, ['a'])?.file).toBe('other.yaml')
    expect(ownerOf(sources, ['projects', 'docs', 'cwd'])?.file).toBe('docs.yaml')
    expect(ownerOf([source, { ...source, file: 'later.yaml' }], args)?.file).toBe('later.yaml')
    expect(ownerOf([source, project], [])?.file).toBe('team.yaml')
    expect(ownerOf([], args)).toBeNull()
  })

  it('names the item of a list only where it knows which', () => {
    expect(itemPath([source, other], args, 1)).toEqual([...args, 1])
    expect(itemPath([source, source], args, 1)).toEqual(args)
    expect(itemPath([other], ['a'], 0)).toEqual(['a'])
  })
})
