/** Durations, sizes and foreign text as a person reads them. */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Age in its largest unit, rounded down: `5s`, `3m`, `2h`, `4d`. Negative counts as 0. */
export function humanAge(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))}s`
  if (ms < hour) return `${Math.floor(ms / minute)}m`
  if (ms < day) return `${Math.floor(ms / hour)}h`
  return `${Math.floor(ms / day)}d`
}

/** Time that something took: `0.3s`, `12s`, `1m05s`, `1h02m`. Below 10 s with one decimal, unless it is .0. */
export function humanElapsed(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100)
  if (tenths < 100) return tenths % 10 === 0 ? `${tenths / 10}s` : `${(tenths / 10).toFixed(1)}s`
  const seconds = Math.floor(tenths / 10)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m${twoDigits(seconds % 60)}s`
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`
}

/** `3m ago`, `in 5s`, `just now`; both in ms since the epoch. */
export function relativeTime(at: number, now: number): string {
  const distance = now - at
  if (Math.abs(distance) < second) return 'just now'
  return distance > 0 ? `${humanAge(distance)} ago` : `in ${humanAge(-distance)}`
}

/** Local date and time to the second, `2026-01-31 09:05:00`; text that is no time is shown as it is. */
export function localTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return safeText(iso)
  const days = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())]
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits)
  return `${days.join('-')} ${clock.join(':')}`
}

/** `512 B`, `1.5 KiB`, `20 MiB`: powers of 1024, one decimal below 10. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  let size = Math.max(0, bytes)
  let unit: (typeof units)[number] = 'B'
  for (const next of units.slice(1)) {
    // Half a unit below the limit already rounds up to 1024 of the smaller one.
    if (size < 1023.5) break
    size /= 1024
    unit = next
  }
  const digits = unit === 'B' || size >= 9.95 ? 0 : 1
  return `${size.toFixed(digits)} ${unit}`
}

// Controls, and invisible or direction-changing characters that would make a line read as something else.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu

/** Text that is not ours, safe in one line of a terminal: controls come out as `\n`, `\t`, `\x1b`, `\u202e`. */
export function safeText(text: string): string {
  return text.replace(unsafe, escapeCharacter)
}

/** The same for text of several lines, which stay lines. */
export function safeLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map(safeText)
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
