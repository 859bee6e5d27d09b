import { isAbsolute, relative } from 'node:path'
import { TeamError } from '../errors.ts'

/** Keys and list indices from the top of the team down to one value. */
export type KeyPath = readonly (string | number)[]

/** One thing wrong in one file. Lines and columns count from 1. */
export interface Problem {
  /** As shown to people. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: KeyPath
  readonly message: string
}

/** `projects.web.agents.lead.drain.steps[2]`. */
function formatKeyPath(path: KeyPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}

/** `team.yaml:12:5: projects.web.cwd: must not be empty`. */
export function formatProblem(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`
  const path = formatKeyPath(problem.path)
  return path === '' ? `${place}: ${problem.message}` : `${place}: ${path}: ${problem.message}`
}

/** A path as people expect it: relative when it lies below `cwd`, else absolute. */
export function displayPath(path: string, cwd: string): string {
  const fromCwd = relative(cwd, path)
  return fromCwd === '' || fromCwd === '..' || fromCwd.startsWith('../') || isAbsolute(fromCwd)
    ? path
    : fromCwd
}

/** One error for all problems: a line each, in the order of the files. */
export function invalidCompose(problems: readonly Problem[]): TeamError {
  const sorted = [...problems].sort(
    (a, b) =>
      compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
  )
  const details = [...new Set(sorted.map(formatProblem))]
  const files = [...new Set(sorted.map((problem) => problem.file))].join(', ')
  const count = details.length === 1 ? '1 problem' : `${details.length} problems`
  return new TeamError('compose-invalid', `${count} in ${files}`, {
    details,
    hint: '`team config -q` checks the file without starting anything',
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
