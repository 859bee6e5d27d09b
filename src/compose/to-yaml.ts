import { Scalar, stringify } from 'yaml'
import type { Compose } from '../model/compose.ts'
import { composeToPlain, type Plain, type PlainOptions } from './to-plain.ts'

/** The resolved team as a compose file. With `reveal` it loads to the same agents. */
export function composeToYaml(compose: Compose, options: PlainOptions): string {
  // lineWidth 0: a folded line is hard to read and to search for.
  return stringify(written(composeToPlain(compose, options)), { lineWidth: 0 })
}

/** Everything is resolved: a dollar that is left is meant as one. Keys are never interpolated. */
function written(value: Plain): unknown {
  if (typeof value === 'string') return isBlank(value) ? quoted(value) : value.replaceAll('$', '$$$$')
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map(written)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]))
}

/** As a block, which yaml makes of lines, such a text would lose the blanks of its first line. */
function isBlank(text: string): boolean {
  return text.includes('\n') && text.trim() === ''
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
