import { join, resolve } from 'node:path'
import { interpolate } from './interpolate.ts'
import { type Place, valuePlace } from './places.ts'
import type { KeyPath } from './problem.ts'
import type { ListNode, MapNode, ScalarNode, TreeNode } from './tree.ts'

export interface EvaluateOptions {
  /** Directory that relative paths start from. */
  readonly base: string
  readonly get: (name: string) => string | undefined
  /** Key path of the document's top within the team. */
  readonly prefix: KeyPath
  /** A variable without a value and without a default. */
  readonly unset: (name: string, path: KeyPath) => void
  readonly problem: (path: KeyPath, message: string) => void
}

/** Aliases of aliases multiply; no real file comes near this many values. */
const mostValues = 200_000

interface Walk extends EvaluateOptions {
  /** Key path of the value that is being visited. */
  readonly path: (string | number)[]
  values: number
}

/**
 * A tree as plain data, in one walk: variables replaced, relative paths made absolute, `x-*` dropped. A value
 * with a problem keeps its text, so that the places of its neighbours do not shift.
 */
export function evaluate(root: TreeNode, place: Place, options: EvaluateOptions): unknown {
  const walk: Walk = { ...options, path: [...options.prefix], values: 0 }
  const result = visit(walk, root, place)
  if (walk.values > mostValues)
    options.problem(options.prefix, `aliases make this file more than ${mostValues} values long`)
  return result
}

function visit(walk: Walk, node: TreeNode, place: Place): unknown {
  walk.values += 1
  switch (node.kind) {
    case 'scalar':
      return scalar(walk, node, place)
    case 'list':
      return list(walk, node, place)
    case 'map':
      return map(walk, node, place)
    default:
      throw node satisfies never
  }
}

function list(walk: Walk, node: ListNode, place: Place): unknown[] {
  const items: unknown[] = []
  for (const item of node.items) {
    if (walk.values > mostValues) break
    walk.path.push(items.length)
    items.push(visit(walk, item, place))
    walk.path.pop()
  }
  return items
}

function ownPlace({ keys }: Place, key: string): Place {
  return (keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined) ?? valuePlace
}

function map(walk: Walk, node: MapNode, place: Place): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, entry] of node.entries) {
    if (walk.values > mostValues) break
    if (place.keys !== undefined && key.startsWith('x-')) continue
    walk.path.push(key)
    result[key] = visit(walk, entry.value, place.each ?? ownPlace(place, key))
    walk.path.pop()
  }
  return result
}

function scalar(walk: Walk, node: ScalarNode, place: Place): unknown {
  const { value } = node
  if (typeof value !== 'string') return place.scalar === 'text' && value !== null ? node.text : value
  const text = value.includes('$') ? replaced(walk, value) : value
  if (text.includes('\0')) problem(walk, 'has a NUL byte, which no program can receive')
  switch (place.scalar) {
    case 'value':
    case 'text':
      return text
    case 'path':
      return absolute(walk, text)
    case 'number':
      return text !== value && /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text !== value && /^(?:true|false)$/.test(text) ? text === 'true' : text
    default:
      throw place.scalar satisfies never
  }
}

function replaced(walk: Walk, template: string): string {
  const result = interpolate(template, {
    get: walk.get,
    unset: (name) => walk.unset(name, [...walk.path]),
  })
  if (result.ok) return result.text
  problem(walk, result.message)
  return template
}

/** `~` is the home directory, as a shell would have it; an empty path is left for the schema to refuse. */
function absolute(walk: Walk, text: string): string {
  if (text === '') return text
  if (text !== '~' && !text.startsWith('~/')) return resolve(walk.base, text)
  const home = walk.get('HOME')
  if (home !== undefined && home !== '') return join(home, text.slice(1))
  problem(walk, '"~" cannot be followed: HOME is not set')
  return text
}

function problem(walk: Walk, message: string): void {
  walk.problem([...walk.path], message)
}
