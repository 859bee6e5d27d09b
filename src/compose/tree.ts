/**
 * A parsed YAML document as plain nodes: aliases followed, merge keys applied, an offset into the text at
 * every node, and scalars both as the value and as they were written.
 */
export type TreeNode = ScalarNode | MapNode | ListNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly value: string | number | boolean | null
  /** As written: `1.10` where the value is 1.1. */
  readonly text: string
}

export interface MapNode {
  readonly kind: 'map'
  readonly offset: number
  readonly entries: ReadonlyMap<string, MapEntry>
}

interface MapEntry {
  readonly keyOffset: number
  readonly value: TreeNode
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  readonly items: readonly TreeNode[]
}

/** One `key: value` as the parser met it. `merge`: the key is a plain `<<`. */
export interface Pair {
  readonly key: string
  readonly keyOffset: number
  readonly merge: boolean
  readonly value: TreeNode
}

export interface SyntaxProblem {
  readonly offset: number
  readonly message: string
  /** The key that is wrong, and the offset of the mapping that has it. */
  readonly key?: { readonly name: string; readonly map: number }
}

/** What became of one text. `root` is null for an empty document, and when there are problems it may lack parts. */
export interface ParsedTree {
  readonly root: TreeNode | null
  readonly problems: readonly SyntaxProblem[]
}

/** Parses one YAML document; never throws. */
export type ParseTree = (text: string) => ParsedTree

/** A mapping of its pairs: own keys win over merged ones, earlier merges over later ones; duplicates are problems. */
export function buildMap(offset: number, pairs: readonly Pair[], problems: SyntaxProblem[]): MapNode {
  const entries = new Map<string, MapEntry>()
  let merges: Pair[] | null = null
  for (const pair of pairs) {
    if (pair.merge) {
      merges ??= []
      merges.push(pair)
    } else if (pair.key === '__proto__') {
      problems.push({ offset: pair.keyOffset, message: 'the key "__proto__" is not allowed' })
    } else if (entries.has(pair.key)) {
      const key = { name: pair.key, map: offset }
      problems.push({ offset: pair.keyOffset, message: `duplicate key "${pair.key}"`, key })
    } else {
      entries.set(pair.key, { keyOffset: pair.keyOffset, value: pair.value })
    }
  }
  for (const pair of merges ?? []) mergeInto(entries, pair, problems)
  return { kind: 'map', offset, entries }
}

/** The keys and indices that lead to the mapping at an offset; null when there is none. */
export function pathToMap(node: TreeNode | null, offset: number): readonly (string | number)[] | null {
  if (node === null || node.kind === 'scalar') return null
  if (node.kind === 'map' && node.offset === offset) return []
  const inner =
    node.kind === 'list'
      ? Array.from(node.items.entries())
      : Array.from(node.entries, ([key, { value }]) => [key, value] as const)
  for (const [step, value] of inner) {
    const rest = pathToMap(value, offset)
    if (rest !== null) return [step, ...rest]
  }
  return null
}

function mergeInto(entries: Map<string, MapEntry>, pair: Pair, problems: SyntaxProblem[]): void {
  const sources = pair.value.kind === 'list' ? pair.value.items : [pair.value]
  for (const source of sources) {
    if (source.kind !== 'map') {
      problems.push({ offset: pair.keyOffset, message: '"<<" takes a mapping or a list of mappings' })
      return
    }
    for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
  }
}

const integer = /^[-+]?[0-9]+$|^0o[0-7]+$|^0x[0-9a-fA-F]+$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

/** What an unquoted scalar stands for (YAML 1.2 core schema): `no`, `on` and dates are text. */
export function plainValue(text: string): ScalarNode['value'] {
  const word = words.get(text)
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  // Digits, sign and dot begin every number; most scalars begin with a letter.
  if (first > 57 || first < 43) return text
  if (integer.test(text) || float.test(text)) return Number(text)
  return text
}
