import { objectOf, textOf } from './headless.ts'

const longestCall = 200

/** `Bash: npm test`: the name of a tool, and the argument that says most. */
export function toolLine(name: unknown, input: unknown): string {
  const args = objectOf(input)
  const telling = [
    'command',
    'cmd',
    'file_path',
    'path',
    'absolute_path',
    'pattern',
    'url',
    'query',
    'prompt',
  ]
  const told = telling.map((key) => args[key]).find((value) => typeof value === 'string' && value !== '')
  const what = textOf(told) ?? (Object.keys(args).length === 0 ? '' : JSON.stringify(input))
  const line = `${textOf(name) ?? 'tool'}${what === '' ? '' : `: ${what}`}`.replace(/\s+/g, ' ')
  return line.length > longestCall ? `${line.slice(0, longestCall - 1)}…` : line
}

export function timeOf(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : at
}
