import * as z from 'zod/mini'
import { teamSchema } from './schema.ts'

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json }

/** JSON schema (draft 7) of the compose file, for editors. */
export function teamJsonSchema(): Json {
  const { $schema, ...schema } = z.toJSONSchema(teamSchema, { io: 'input', target: 'draft-7' })
  return {
    $schema,
    title: 'team compose file',
    description: 'Projects and their agents, kept alive by team.',
    ...orTemplate(withExtensions(JSON.parse(JSON.stringify(schema)))),
  }
}

/** The text of `schema/team.schema.json`. */
export function teamJsonSchemaText(): string {
  return `${JSON.stringify(teamJsonSchema(), null, 2)}\n`
}

/** Allows `x-*` in every mapping with fixed keys: they are dropped before the zod schema sees them. */
function withExtensions(node: Json): { readonly [key: string]: Json } {
  if (!isObject(node)) return {}
  const walked = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, isObject(value) ? withExtensions(value) : list(value)]),
  )
  return node.type === 'object' && node.additionalProperties === false
    ? { ...walked, patternProperties: { '^x-': {} } }
    : walked
}

/** Numbers, switches and words to choose from may come from a variable: `max: ${MAX:-5}`. */
function orTemplate(node: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  const { description, ...rule } = node
  if (isChoice(node))
    return {
      ...(description !== undefined && { description }),
      anyOf: [rule, { type: 'string', pattern: '\\$' }],
    }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'propertyNames' ? value : eachTemplate(value)]),
  )
}

function eachTemplate(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => eachTemplate(item))
  return isObject(value) ? orTemplate(value) : value
}

function isChoice({ type, enum: words, const: word }: { readonly [key: string]: Json }): boolean {
  if (word !== undefined) return false // one of several, of which another one takes a template
  return type === 'number' || type === 'integer' || type === 'boolean' || words !== undefined
}

function list(value: Json): Json {
  return Array.isArray(value)
    ? value.map((item: Json) => (isObject(item) ? withExtensions(item) : item))
    : value
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
