import { stringify } from 'yaml'
import type { Compose } from '../model/compose.ts'
import { composeToPlain, type Plain, type PlainOptions } from './to-plain.ts'

/** The resolved team as a compose file. With `reveal` it loads to the same agents. */
export function composeToYaml(compose: Compose, options: PlainOptions): string {
  // lineWidth 0: a folded line is hard to read and to search for.
  return stringify(escapeDollars(composeToPlain(compose, options)), { lineWidth: 0 })
}

/** Everything is resolved: a dollar that is left is meant as one. Keys are never interpolated. */
function escapeDollars(value: Plain): Plain {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map(escapeDollars)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escapeDollars(inner)]))
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value)
}
