/** Where variables come from, and who hears of those that are not set. */
export interface Scope {
  /** The variable's value; undefined when it is not set. */
  get(name: string): string | undefined
  /** Called for `$NAME` and `${NAME}` of a variable that is not set. */
  unset(name: string): void
}

export type Interpolation =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string }

class TemplateError extends Error {}

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`,
 * `${NAME:+other}`, `${NAME+other}` (which nest) and `$$`. A failure's message never holds a value.
 */
export function interpolate(template: string, scope: Scope): Interpolation {
  if (!template.includes('$')) return { ok: true, text: template }
  try {
    return { ok: true, text: substitute(template, scope) }
  } catch (error) {
    if (error instanceof TemplateError) return { ok: false, message: error.message }
    throw error
  }
}

const nameAt = /[A-Za-z_][A-Za-z0-9_]*/y

function readName(text: string, at: number): string | null {
  nameAt.lastIndex = at
  return nameAt.exec(text)?.[0] ?? null
}

function substitute(template: string, scope: Scope): string {
  let out = ''
  let from = 0
  for (let at = template.indexOf('$'); at !== -1; at = template.indexOf('$', from)) {
    out += template.slice(from, at)
    const next = template[at + 1]
    if (next === '$') {
      out += '$'
      from = at + 2
    } else if (next === '{') {
      const close = closingBrace(template, at + 1)
      out += braced(template.slice(at + 2, close), scope)
      from = close + 1
    } else {
      const name = readName(template, at + 1)
      if (name === null)
        throw new TemplateError('a "$" here begins no variable; write "$$" for a dollar sign')
      out += plain(name, scope)
      from = at + 1 + name.length
    }
  }
  return out + template.slice(from)
}

function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth += 1
    else if (text[at] === '}') {
      depth -= 1
      if (depth === 0) return at
    }
  }
  throw new TemplateError('a "${" is never closed; write "$$" for a dollar sign')
}

function plain(name: string, scope: Scope): string {
  const value = scope.get(name)
  if (value === undefined) scope.unset(name)
  return value ?? ''
}

function braced(body: string, scope: Scope): string {
  const name = readName(body, 0)
  if (name === null) throw new TemplateError('"${" must be followed by the name of a variable')
  const rest = body.slice(name.length)
  if (rest === '') return plain(name, scope)
  const colon = rest.startsWith(':')
  const operator = rest[colon ? 1 : 0]
  const argument = rest.slice(colon ? 2 : 1)
  const value = scope.get(name)
  const given = value !== undefined && !(colon && value === '')
  switch (operator) {
    case '-':
      return given ? value : substitute(argument, scope)
    case '+':
      return given ? substitute(argument, scope) : ''
    case '?':
      if (given) return value
      throw new TemplateError(required(name, substitute(argument, scope)))
    default:
      throw new TemplateError(`after "\${${name}" comes "}" or one of :- - :? ? :+ +`)
  }
}

function required(name: string, message: string): string {
  return `required variable ${name} is missing a value${message === '' ? '' : `: ${message}`}`
}
