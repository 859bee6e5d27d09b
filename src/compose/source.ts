import type { KeyPath } from './problem.ts'
import type { TreeNode } from './tree.ts'

/** One YAML file and where its content belongs in the team: a project's own file starts at `projects.NAME`. */
export interface Source {
  /** Absolute. */
  readonly path: string
  /** As shown to people. */
  readonly file: string
  readonly text: string
  readonly root: TreeNode | null
  readonly prefix: KeyPath
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** Which end of `key: value` an error points at. */
export type At = 'key' | 'value'

/** Line and column of an offset into a text; both count from 1. */
export function positionOf(text: string, offset: number): Position {
  let line = 1
  let start = 0
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line += 1
    start = end + 1
  }
  return { line, column: offset - start + 1 }
}

interface Descent {
  /** How many steps of the path the source has; -1 when it is about another part of the team. */
  readonly depth: number
  /** Of the last step that it has. */
  readonly offset: number
  readonly node: TreeNode | null
}

function descend(source: Source, path: KeyPath, at: At): Descent {
  let node = source.root
  let offset = node?.offset ?? 0
  let depth = 0
  if (source.prefix.some((part, index) => path[index] !== part)) return { depth: -1, offset, node }
  for (const part of path.slice(source.prefix.length)) {
    let next: TreeNode | undefined
    if (node?.kind === 'map' && typeof part === 'string') {
      const entry = node.entries.get(part)
      next = entry?.value
      if (entry !== undefined) offset = at === 'key' ? entry.keyOffset : entry.value.offset
    } else if (node?.kind === 'list' && typeof part === 'number') {
      next = node.items[part]
      if (next !== undefined) offset = next.offset
    }
    if (next === undefined) break
    node = next
    depth += 1
  }
  return { depth: depth + source.prefix.length, offset, node }
}

/** Where `path` is in this source, or the nearest thing above it. */
export function position(source: Source, path: KeyPath, at: At): Position {
  return positionOf(source.text, descend(source, path, at).offset)
}

/** The source that has most of `path`; of several the last, as later files win. */
export function ownerOf(sources: readonly Source[], path: KeyPath): Source | null {
  let owner: Source | null = null
  let best = -1
  for (const source of sources) {
    const { depth } = descend(source, path, 'key')
    if (depth >= best) {
      best = depth
      owner = source
    }
  }
  return owner
}

/** The key path of one item of a list that may come from several sources, or be no list at all there. */
export function itemPath(sources: readonly Source[], list: KeyPath, index: number): KeyPath {
  const owners = sources
    .map((source) => descend(source, list, 'value'))
    .filter(({ depth }) => depth === list.length)
  // Of lists that were joined, the places in the whole are not the places in the files.
  return owners.length === 1 && owners[0]?.node?.kind === 'list' ? [...list, index] : list
}
