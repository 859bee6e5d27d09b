/** One line of an env file; `value` null: a bare name, taken from the calling environment. */
export interface Assignment {
  readonly name: string
  readonly value: string | null
  /** From 1. */
  readonly line: number
}

interface DotenvProblem {
  readonly line: number
  readonly message: string
}

export interface Dotenv {
  /** In the order of the file; a name may come twice, the later one counts. */
  readonly assignments: readonly Assignment[]
  readonly problems: readonly DotenvProblem[]
}

// `export` is a word of its own: `export=1` sets a variable of that name.
const head = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*([=:]?)/
const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  $: '$',
}

/**
 * Parses `.env` and env_file text: `NAME=value` with an optional `export`, `'literal'`, `"with \n escapes"`,
 * both over several lines, `# comments`, and bare names. `$` has no meaning: values are taken as they stand.
 * Messages never hold a value.
 */
export function parseDotenv(text: string): Dotenv {
  const source = text.replaceAll('\r\n', '\n')
  const assignments: Assignment[] = []
  const problems: DotenvProblem[] = []
  let line = 1
  for (let start = 0; start < source.length; ) {
    const result = parseStatement(source, start)
    if (result.message !== null) problems.push({ line, message: result.message })
    else if (result.name !== null) assignments.push({ name: result.name, value: result.value, line })
    const next = result.end + 1
    for (let i = start; i < next && i < source.length; i++) if (source.charCodeAt(i) === 10) line += 1
    start = next
  }
  return { assignments, problems }
}

interface Statement {
  readonly name: string | null
  readonly value: string | null
  readonly message: string | null
  /** Offset of the newline that ends it, or the end of the text. */
  readonly end: number
}

function parseStatement(source: string, start: number): Statement {
  const end = lineEnd(source, start)
  const line = source.slice(start, end)
  const nothing = { name: null, value: null, message: null, end }
  if (/^[ \t]*(?:#|$)/.test(line)) return nothing
  const match = head.exec(line)
  const [all, name, separator] = match ?? []
  if (all === undefined || name === undefined) return { ...nothing, message: 'expected NAME=value' }
  const rest = line.slice(all.length)
  if (separator === '') {
    if (/^[ \t]*(?:#|$)/.test(rest)) return { ...nothing, name }
    // Not even its first word: it may be a line of a key without quotes.
    return { ...nothing, message: 'expected NAME=value' }
  }
  const gap = /^[ \t]*/.exec(rest)?.[0].length ?? 0
  const quote = rest[gap]
  if (quote === '"' || quote === "'") return parseQuoted(source, start + all.length + gap, quote, name)
  return { ...nothing, name, value: unquoted(rest) }
}

/** A `#` begins a comment only after a blank: `a#b` is a value. */
function unquoted(rest: string): string {
  const comment = rest.search(/[ \t]#/)
  return (comment === -1 ? rest : rest.slice(0, comment)).replace(/^[ \t]+|[ \t]+$/g, '')
}

function parseQuoted(source: string, open: number, quote: '"' | "'", name: string): Statement {
  let value = ''
  let at = open + 1
  for (; at < source.length; at++) {
    const character = source[at]
    if (character === quote) break
    if (character === '\\' && quote === '"') {
      const escaped = source[at + 1] ?? ''
      // An unknown escape stays as it is written, so that `"C:\dir"` survives.
      value += escapes[escaped] ?? `\\${escaped}`
      at += 1
    } else {
      value += character
    }
  }
  const end = lineEnd(source, Math.min(at, source.length))
  if (at >= source.length) {
    // Only the line that opens the quote is skipped, or one missing quote would hide the rest of the file.
    return {
      name: null,
      value: null,
      message: `the ${quote} of ${name} is never closed`,
      end: lineEnd(source, open),
    }
  }
  if (!/^[ \t]*(?:#|$)/.test(source.slice(at + 1, end)))
    return { name: null, value: null, message: `unexpected text after the closing ${quote} of ${name}`, end }
  return { name, value, message: null, end }
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end === -1 ? source.length : end
}
