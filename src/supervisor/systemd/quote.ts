/**
 * One word of a unit file: `Environment=` takes it as it is, `ExecStart=` with `dollars`. Anything but NUL survives,
 * as long as it is UTF-8.
 */
export function unitWord(value: string, dollars: 'kept' | 'doubled'): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be written otherwise
    .replace(/[\x01-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `"${dollars === 'doubled' ? escaped.replaceAll('$', '$$$$') : escaped}"`
}
