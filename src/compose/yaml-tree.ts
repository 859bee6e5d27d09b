import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml'
import {
  buildMap,
  type Pair,
  type ParsedTree,
  plainValue,
  type SyntaxProblem,
  type TreeNode,
} from './tree.ts'

interface Build {
  readonly anchors: Map<string, TreeNode>
  readonly problems: SyntaxProblem[]
}

const empty: TreeNode = { kind: 'scalar', offset: 0, value: null, text: '' }

/** `ParseTree` by the library `yaml`; the only place that knows it as a parser. */
export function parseTree(text: string): ParsedTree {
  try {
    return parse(text)
  } catch (error) {
    // The parser recurses: a text of ten thousand opening brackets overflows the stack.
    if (error instanceof RangeError)
      return { root: null, problems: [{ offset: 0, message: 'nested too deeply' }] }
    throw error
  }
}

function parse(text: string): ParsedTree {
  // failsafe: scalars stay text; what they stand for is decided in one place, by plainValue.
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  })
  if (!Array.isArray(documents)) return { root: null, problems: [] }
  const build: Build = { anchors: new Map(), problems: [] }
  for (const document of documents) {
    for (const { pos, code, message } of document.errors) {
      if (code !== 'TAG_RESOLVE_FAILED')
        build.problems.push({ offset: pos[0], message: `YAML: ${withoutSource(message)}` })
    }
  }
  const [first, second] = documents
  if (second !== undefined)
    build.problems.push({ offset: second.range[0], message: 'more than one YAML document in the file' })
  const contents = first?.contents ?? null
  return { root: contents === null ? null : buildNode(contents, build), problems: build.problems }
}

/** Some messages end with the text they are about, and that may be a secret. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/s, '')
}

function buildNode(node: unknown, build: Build): TreeNode {
  if (isAlias(node)) {
    const target = build.anchors.get(node.source)
    if (target !== undefined) return target
    const offset = node.range?.[0] ?? 0
    build.problems.push({ offset, message: `YAML: no anchor &${node.source} before this alias` })
    return empty
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return empty
  checkTag(node, build)
  const offset = node.range?.[0] ?? 0
  const built = isScalar(node)
    ? buildScalar(node, offset)
    : isMap(node)
      ? buildMap(offset, buildPairs(node, build), build.problems)
      : ({ kind: 'list', offset, items: node.items.map((item) => buildNode(item, build)) } as const)
  if (node.anchor !== undefined) build.anchors.set(node.anchor, built)
  return built
}

function buildScalar(
  node: { source?: string; type?: string; tag?: string; value: unknown },
  offset: number,
): TreeNode {
  const text = node.source ?? ''
  const plain = (node.type === 'PLAIN' || node.type === undefined) && node.tag === undefined
  return { kind: 'scalar', offset, value: plain ? plainValue(text) : text, text }
}

function buildPairs(map: YAMLMap, build: Build): Pair[] {
  const pairs: Pair[] = []
  for (const { key, value } of map.items) {
    const keyNode = buildNode(key, build)
    if (keyNode.kind !== 'scalar' || keyNode.text === '') {
      build.problems.push({ offset: keyNode.offset, message: 'a key must be a word' })
      continue
    }
    const merge = keyNode.text === '<<' && isScalar(key) && key.type === 'PLAIN' && key.tag === undefined
    const given = value === null ? empty : buildNode(value, build)
    // What is not written has no place of its own.
    const missing = given.kind === 'scalar' && given.value === null && given.text === ''
    const built = missing ? { ...empty, offset: keyNode.offset } : given
    pairs.push({ key: keyNode.text, keyOffset: keyNode.offset, merge, value: built })
  }
  return pairs
}

const harmlessTags = /^!$|^tag:yaml\.org,2002:(?:str|map|seq)$/

function checkTag(node: { tag?: string; range?: [number, number, number] | null }, build: Build): void {
  if (node.tag === undefined || harmlessTags.test(node.tag)) return
  const name = node.tag.replace('tag:yaml.org,2002:', '!!')
  build.problems.push({ offset: node.range?.[0] ?? 0, message: `the tag ${name} is not supported` })
}
