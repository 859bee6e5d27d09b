import { TeamError } from '../../errors.ts'

/** A text inside an element of a property list. @throws TeamError `launchd-refused`: XML has no way to write it */
export function plistText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML cannot hold
  const bad = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]/u.exec(value)?.[0]
  if (bad !== undefined) {
    const shown = `U+${bad.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    throw new TeamError('launchd-refused', `a launchd job cannot hold ${JSON.stringify(value)}: ${shown}`, {
      hint: 'move the compose file to a path without such characters, or write `supervisor: tmux`',
    })
  }
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

/** The string that a key of the outermost dictionary has, as `plistText` wrote it; null: it has none. */
export function plistString(text: string, key: string): string | null {
  const found = new RegExp(`^\\t<key>${key}</key>\\n\\t<string>([^<]*)</string>$`, 'm').exec(text)?.[1]
  if (found === undefined) return null
  return found
    .replaceAll('&#13;', '\r')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
}
