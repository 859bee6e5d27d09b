import { TeamError } from '../errors.ts'
import { safeLines } from './human.ts'
import type { Style } from './style.ts'

/**
 * What a command prints on stderr when it cannot go on: `team: what happened`, details indented, then
 * `hint: the next thing to try`. Stack traces only with `debug`.
 */
export function errorText(
  error: unknown,
  options: { readonly style: Style; readonly debug: boolean },
): string {
  const { style } = options
  const { message, details, hint } = explain(error)
  const [first = '', ...rest] = safeLines(message)
  const lines = [`${style.bad('team:')} ${first}`, ...rest.map(indent)]
  for (const detail of details) lines.push(...safeLines(detail).map(indent))
  if (hint !== null) {
    const [firstHint = '', ...restHint] = safeLines(hint)
    lines.push(`${style.bold('hint:')} ${firstHint}`, ...restHint.map((line) => `      ${line}`))
  }
  if (options.debug) lines.push(...causeChain(error).map((line) => style.dim(line)))
  return lines.join('\n')
}

/** What `--json` prints instead of a result. */
export interface ErrorJson {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string | null
    readonly details: readonly string[]
  }
}

export function errorJson(error: unknown): ErrorJson {
  return { error: explain(error) }
}

function explain(error: unknown): ErrorJson['error'] {
  if (error instanceof TeamError) return { ...error.toDetail(), details: error.details }
  return {
    code: 'internal',
    message: `internal error: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'this is a bug in team: run the same command with --debug and report what it prints',
    details: [],
  }
}

/** Stack of the error and of each cause below it. */
function causeChain(error: unknown): readonly string[] {
  const lines: string[] = []
  const seen = new Set<unknown>()
  let current = error
  // A cause may lead back to where it came from.
  while (current !== undefined && current !== null && !seen.has(current)) {
    const text = current instanceof Error ? (current.stack ?? String(current)) : String(current)
    lines.push(...safeLines(seen.size === 0 ? text : `caused by: ${text}`).map(indent))
    seen.add(current)
    current = current instanceof Error ? current.cause : undefined
  }
  return lines
}

function indent(line: string): string {
  return `  ${line}`
}
