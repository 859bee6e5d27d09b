import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { teamJsonSchema, teamJsonSchemaText } from '../../../src/compose/json-schema.ts'

type Json = ReturnType<typeof teamJsonSchema>

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** Every mapping with fixed keys, with its path. */
function* mappings(
  node: Json,
  path: string,
): Generator<[path: string, node: { readonly [key: string]: Json }]> {
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) yield* mappings(item, `${path}[${index}]`)
  } else if (typeof node === 'object' && node !== null) {
    const object: { readonly [key: string]: Json } = Object.fromEntries(Object.entries(node))
    if (object.type === 'object' && object.properties !== undefined) yield [path, object]
    for (const [key, value] of Object.entries(object)) yield* mappings(value, `${path}.${key}`)
  }
}

const all = [...mappings(teamJsonSchema(), '')]

function keysOf(node: { readonly [key: string]: Json }): readonly [string, Json][] {
  const { properties } = node
  return typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
}

describe('the JSON schema', () => {
  it('is the one in the repository (write it anew with: team schema > schema/team.schema.json)', () => {
    expect(read('schema/team.schema.json')).toBe(teamJsonSchemaText())
  })

  it('allows x-* in every mapping with fixed keys, and nothing else', () => {
    expect(all.length).toBeGreaterThan(10)
    for (const [path, node] of all) {
      expect([path, node.additionalProperties]).toEqual([path, false])
      expect([path, node.patternProperties]).toEqual([path, { '^x-': {} }])
    }
  })

  it('describes every key, for editors', () => {
    for (const [path, node] of all)
      for (const [key, value] of keysOf(node))
        expect([`${path}.${key}`, value]).toEqual([
          `${path}.${key}`,
          expect.objectContaining({ description: expect.stringMatching(/^.{4,}\.$/s) }),
        ])
  })

  it('takes a variable wherever a number, a switch or one of some words is wanted', () => {
    const template = { type: 'string', pattern: '\\$' }
    const choices = all
      .flatMap(([path, node]) =>
        keysOf(node).map(([key, value]) => [`${path}.${key}`, JSON.stringify(value)] as const),
      )
      .filter(([, text]) => /"(type":"(integer|number|boolean)"[,}](?!"const)|enum")/.test(text))
    expect(choices.length).toBeGreaterThan(15)
    for (const [path, text] of choices)
      expect([path, text]).toEqual([path, expect.stringContaining(JSON.stringify(template))])
  })

  it('gives the rule for names', () => {
    expect(JSON.stringify(teamJsonSchema())).toContain(
      '"propertyNames":{"type":"string","pattern":"^[a-z0-9][a-z0-9_-]*$","maxLength":64}',
    )
  })
})

describe('docs/compose-file.md', () => {
  const page = read('docs/compose-file.md')

  it('has a row for every key of the schema', () => {
    const rows = new Set([...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key))
    const keys = new Set(all.flatMap(([, node]) => keysOf(node).map(([key]) => key)))
    expect([...keys].filter((key) => !rows.has(key))).toEqual([])
    expect([...rows].filter((key) => key !== undefined && !keys.has(key) && !key.startsWith('x-'))).toEqual(
      [],
    )
  })
})
