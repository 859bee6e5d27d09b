import type * as z from 'zod/mini'
import { evaluate } from './evaluate.ts'
import { addProblem, type Loading, warnUnset } from './loading.ts'
import type { Place } from './places.ts'
import type { KeyPath } from './problem.ts'
import { withoutBom } from './read.ts'
import { type At, positionOf, type Source } from './source.ts'
import { pathToMap } from './tree.ts'
import { validate } from './validate.ts'
import type { Variables } from './variables.ts'

/** One YAML text and what it is meant to be. */
export interface DocumentOptions<T> {
  /** Absolute. */
  readonly path: string
  /** As shown to people. */
  readonly file: string
  /** Directory that relative paths start from. */
  readonly base: string
  readonly prefix: KeyPath
  readonly place: Place
  readonly schema: z.ZodMiniType<T>
  readonly variables: Variables
  /** What is wrong when the text is empty. */
  readonly empty: string
}

/** Text to data: parse, replace variables, check. Null when nothing can be made of it; problems are gathered. */
export function loadDocument<T>(text: string, options: DocumentOptions<T>, loading: Loading): T | null {
  const source = parseSource(text, options, loading)
  if (source === null || source.root === null) return null
  const own = new Set<string>()
  const report = (path: KeyPath, at: At, message: string): void => {
    const key = path.join('\0')
    // The value of a problem is a guess: what the next step says of it is noise.
    if (own.has(key)) return
    own.add(key)
    addProblem(loading, source, path, at, message)
  }
  const value = evaluate(source.root, options.place, {
    base: options.base,
    get: options.variables.get,
    prefix: options.prefix,
    unset: (name, path) => warnUnset(loading, source, path, name),
    problem: (path, message) => report(path, 'value', message),
  })
  return validate(options.schema, value, (path, at, message) =>
    report([...options.prefix, ...path], at, message),
  )
}

function parseSource<T>(text: string, options: DocumentOptions<T>, loading: Loading): Source | null {
  const { path, file, prefix } = options
  const content = withoutBom(text)
  const { root, problems } = loading.parse(content)
  for (const { offset, message, key } of problems) {
    const map = key === undefined ? null : pathToMap(root, key.map)
    const keyPath = key === undefined || map === null ? prefix : [...prefix, ...map, key.name]
    loading.problems.push({ file, ...positionOf(content, offset), path: keyPath, message })
  }
  // A broken text is not looked into: what it seems to say may not be what it says.
  if (problems.length > 0) return null
  const source: Source = { path, file, text: content, root, prefix }
  loading.sources.push(source)
  if (root === null || (root.kind === 'scalar' && root.value === null))
    loading.problems.push({ file, line: 1, column: 1, path: prefix, message: options.empty })
  else return source
  return null
}
