import { parseDuration } from '../model/duration.ts'

/** A value that an option cannot take; whoever parses the command line adds which option. */
export class OptionValueError extends Error {}

/** `30s` → ms. */
export function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw new OptionValueError('expected a duration such as 500ms, 30s, 2m or 1h.')
  return ms
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new OptionValueError('expected a whole number above 0.')
  return Number(text)
}

export function nonNegativeInteger(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new OptionValueError('expected a whole number.')
  return Number(text)
}

/** Date.parse alone takes nearly everything with a digit in it for a time: `5`, or `last 5`. */
const isoTime = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** `10m` ago, or an ISO 8601 time; ms since the epoch. */
export function since(text: string): number {
  const ago = parseDuration(text)
  if (ago !== null) return Date.now() - ago
  const at = isoTime.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(at))
    throw new OptionValueError('expected a duration such as 10m, or a time such as 2026-01-31T12:00:00Z.')
  return at
}

/** Repeatable option. */
export function collect(text: string, previous: unknown): readonly string[] {
  return [...(Array.isArray(previous) ? previous : []), text]
}
