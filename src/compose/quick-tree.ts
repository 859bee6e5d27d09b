import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml'
import {
  buildMap,
  type Pair,
  type ParsedTree,
  plainValue,
  type SyntaxProblem,
  type TreeNode,
} from './tree.ts'

/**
 * `ParseTree` by the library `js-yaml`, in a fifth of the time that `yaml` takes in a process that has just
 * started. Stricter and terser: what it refuses is for `yaml` to accept or to explain.
 */
export function parseTreeQuickly(text: string): ParsedTree {
  try {
    return build(text, parseEvents(text, {}))
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const offset = error.mark?.position ?? 0
    return { root: null, problems: [{ offset, message: `YAML: ${error.reason}` }] }
  }
}

interface OpenList {
  readonly kind: 'list'
  readonly offset: number
  readonly anchor: string | null
  readonly items: TreeNode[]
}

interface OpenMap {
  readonly kind: 'map'
  readonly offset: number
  readonly anchor: string | null
  readonly pairs: Pair[]
  /** The key whose value comes next. */
  key: { readonly text: string; readonly offset: number; readonly merge: boolean } | null
}

interface Build {
  readonly text: string
  /** Collections that are not closed yet, innermost last. */
  readonly open: (OpenList | OpenMap)[]
  readonly anchors: Map<string, TreeNode>
  readonly problems: SyntaxProblem[]
  documents: number
  root: TreeNode | null
  /** Where the last event began that had a place. */
  offset: number
}

function build(text: string, events: readonly Event[]): ParsedTree {
  const state: Build = {
    text,
    open: [],
    anchors: new Map(),
    problems: [],
    documents: 0,
    root: null,
    offset: 0,
  }
  for (const event of events) take(state, event)
  return { root: state.root, problems: state.problems }
}

function take(state: Build, event: Event): void {
  switch (event.type) {
    case EVENT_ID.DOCUMENT:
      countDocument(state)
      break
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING: {
      const offset = event.start
      const anchor = slice(state, event.anchorStart, event.anchorEnd)
      state.offset = offset
      checkTag(state, event)
      if (event.type === EVENT_ID.SEQUENCE) state.open.push({ kind: 'list', offset, anchor, items: [] })
      else state.open.push({ kind: 'map', offset, anchor, pairs: [], key: null })
      break
    }
    case EVENT_ID.SCALAR:
      addScalar(state, event)
      break
    case EVENT_ID.ALIAS:
      state.offset = event.anchorStart - 1
      addAlias(state, state.text.slice(event.anchorStart, event.anchorEnd))
      break
    case EVENT_ID.POP:
      close(state)
      break
    default:
      throw event satisfies never
  }
}

function countDocument(state: Build): void {
  state.documents += 1
  if (state.documents !== 2) return
  // The event has no offset of its own; its marker comes after all that has been read.
  state.offset = Math.max(0, state.text.indexOf('\n---', state.offset) + 1)
  problem(state, 'more than one YAML document in the file')
}

function addScalar(state: Build, event: ScalarEvent): void {
  const { style, valueStart } = event
  // What is not written has no place of its own.
  if (valueStart >= 0) state.offset = startOf(state.text, style, valueStart)
  checkTag(state, event)
  const text = valueStart < 0 ? '' : getScalarValue(state.text, event)
  const plain = style === SCALAR_STYLE.PLAIN && event.tagStart < 0
  const value = plain ? plainValue(text) : text
  const anchor = slice(state, event.anchorStart, event.anchorEnd)
  add(state, { kind: 'scalar', offset: state.offset, value, text }, anchor, plain)
}

/** The parser tells where the text begins: behind the quote, below the `|`. */
function startOf(text: string, style: ScalarEvent['style'], valueStart: number): number {
  switch (style) {
    case SCALAR_STYLE.PLAIN:
      return valueStart
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return valueStart - 1
    case SCALAR_STYLE.LITERAL_BLOCK:
      return text.lastIndexOf('|', valueStart - 1)
    case SCALAR_STYLE.FOLDED_BLOCK:
      return text.lastIndexOf('>', valueStart - 1)
    default:
      throw style satisfies never
  }
}

function addAlias(state: Build, name: string): void {
  const target = state.anchors.get(name)
  if (target === undefined) problem(state, `YAML: no anchor &${name} before this alias`)
  add(state, target ?? { kind: 'scalar', offset: state.offset, value: null, text: '' }, null, false)
}

function close(state: Build): void {
  const closed = state.open.pop()
  // The end of a document closes nothing that is kept here.
  if (closed === undefined) return
  const { kind, offset, anchor } = closed
  if (kind === 'list') add(state, { kind, offset, items: closed.items }, anchor, false)
  else add(state, buildMap(offset, closed.pairs, state.problems), anchor, false)
}

/** Puts a finished node where it belongs: the document, a list, or a mapping as key or value. */
function add(state: Build, node: TreeNode, anchor: string | null, plain: boolean): void {
  if (anchor !== null) state.anchors.set(anchor, node)
  const parent = state.open.at(-1)
  if (parent === undefined) {
    if (state.documents === 1) state.root = node
  } else if (parent.kind === 'list') {
    parent.items.push(node)
  } else if (parent.key === null) {
    const text = node.kind === 'scalar' ? node.text : ''
    // Keys of several lines are read differently by different parsers: not for this one to decide.
    if (text === '' || text.includes('\n'))
      state.problems.push({ offset: node.offset, message: 'a key must be a word' })
    parent.key = { text, offset: node.offset, merge: plain && text === '<<' }
  } else {
    const { text, offset, merge } = parent.key
    parent.key = null
    if (text !== '') parent.pairs.push({ key: text, keyOffset: offset, merge, value: node })
  }
}

function slice(state: Build, start: number, end: number): string | null {
  return start < 0 ? null : state.text.slice(start, end)
}

const harmlessTags: ReadonlySet<string> = new Set(['!', '!!str', '!!map', '!!seq'])

function checkTag(state: Build, event: { readonly tagStart: number; readonly tagEnd: number }): void {
  const tag = slice(state, event.tagStart, event.tagEnd)
  if (tag !== null && !harmlessTags.has(tag)) problem(state, `the tag ${tag} is not supported`)
}

function problem(state: Build, message: string): void {
  state.problems.push({ offset: state.offset, message })
}
