import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadComposeQuickly } from '../../../src/compose/load-quick.ts'
import { parseTreeQuickly } from '../../../src/compose/quick-tree.ts'
import type { TreeNode } from '../../../src/compose/tree.ts'
import { parseTree } from '../../../src/compose/yaml-tree.ts'
import { failureOf, loadIn, workspace } from './workspace.ts'

const plain = (node: TreeNode | null): unknown => {
  if (node === null) return null
  if (node.kind === 'scalar') return [node.value, node.text]
  if (node.kind === 'list') return node.items.map(plain)
  return Array.from(node.entries, ([key, { value }]) => [key, plain(value)])
}

/** Where every written value and key is. */
const places = (node: TreeNode | null): unknown => {
  if (node === null) return null
  if (node.kind === 'scalar') return node.value === null && node.text === '' ? 'missing' : node.offset
  if (node.kind === 'list') return [node.offset, node.items.map(places)]
  return [node.offset, Array.from(node.entries, ([, { keyOffset, value }]) => [keyOffset, places(value)])]
}

describe('parseTreeQuickly', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\'"#:-{}[],&*!|>%@` \n\t\\~0ae') }),
    fc.constantFrom('null', '1.10', 'true', '~', '', '<<', '0x1F'),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z_ -]{1,6}$/), tie('value'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  }))

  it('reads what the exact parser reads, at the same places', () => {
    fc.assert(
      fc.property(value, fc.boolean(), (given, json) => {
        const yaml = json ? JSON.stringify({ given }) : stringify({ given }, { aliasDuplicateObjects: false })
        const [quick, exact] = [parseTreeQuickly(yaml), parseTree(yaml)]
        expect([plain(quick.root), quick.problems]).toEqual([plain(exact.root), []])
        expect(places(quick.root)).toEqual(places(exact.root))
      }),
      { numRuns: 1000 },
    )
  })

  it('reads no text otherwise than the exact parser, where both can', () => {
    const pieces = ['a', 'b: ', 'c: ', '- ', '\n', '\n  ', '\n    ', '[', ']', '{', '}', ', ', '"x"', "'y'"]
    const odd = [' # c', '&a ', '*a', '| \n   t', '>-\n   t', '1', '<<: ', '!!str ', '\t', '---\n', '\r\n']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...odd), { maxLength: 12 }), (parts) => {
        const [quick, exact] = [parseTreeQuickly(parts.join('')), parseTree(parts.join(''))]
        if (quick.problems.length === 0 && exact.problems.length === 0)
          expect(plain(quick.root)).toEqual(plain(exact.root))
      }),
      { numRuns: 5000 },
    )
  })
})

describe('loadComposeQuickly', () => {
  const options = { env: { USER: 'me' }, readStdin: () => '' }

  it('comes to what loadCompose comes to', async () => {
    const dir = workspace({
      'team.yaml': 'projects: {web: {agents: {a: {command: [echo, $USER, $NO], env_file: e.env}}}}\n',
      'e.env': 'A=1\n',
    })
    const loaded = await loadComposeQuickly({ files: [], cwd: dir, ...options })
    expect(loaded).toEqual(loadIn(dir, options))
    expect(loaded.compose.warnings).toHaveLength(1)
  })

  it('accepts what only the exact parser accepts', async () => {
    const text = 'projects:\n  web:\n    agents:\n      a:\n        command: [\n          ls\n        ]\n'
    expect(parseTreeQuickly(text).problems).toHaveLength(1)
    const dir = workspace({ 'team.yaml': text })
    const { compose } = await loadComposeQuickly({ files: [], cwd: dir, ...options })
    expect(compose.agents[0]?.command).toEqual(['ls'])
  })

  it.each(['projects: {web: {agent: {}}}', 'a: [', 'projects: {web: {agents: {a: {runtime: nope}}}}', ''])(
    'fails as loadCompose fails: %j',
    async (text) => {
      const dir = workspace({ 'team.yaml': text })
      const exact = failureOf(() => loadIn(dir, options))
      await expect(loadComposeQuickly({ files: [], cwd: dir, ...options })).rejects.toMatchObject({
        code: exact.code,
        message: exact.message,
        details: exact.details,
      })
    },
  )

  it('reads standard input once, even when it has to begin again', async () => {
    const dir = workspace({})
    let reads = 0
    const readStdin = () => {
      reads += 1
      return 'projects: {\n}\n'
    }
    const { compose } = await loadComposeQuickly({ files: ['-'], cwd: dir, env: {}, readStdin })
    expect([compose.agents, reads]).toEqual([[], 1])
  })
})
