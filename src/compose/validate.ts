import * as z from 'zod/mini'
import type { KeyPath } from './problem.ts'
import type { At } from './source.ts'
import { nearest } from './suggest.ts'

export type ReportProblem = (path: KeyPath, at: At, message: string) => void

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

/** Each round may uncover what the problems of the one before had hidden. */
const mostRounds = 8

/**
 * Checks a value and reports everything wrong with it. What is wrong is then left out, so that the rest can
 * still be checked against the other files; null when nothing can be made of it. Changes `value`.
 */
export function validate<T>(schema: z.ZodMiniType<T>, value: unknown, report: ReportProblem): T | null {
  for (let round = 0; round < mostRounds; round++) {
    const result = z.safeParse(schema, value, { error: messageOf })
    if (result.success) return result.data
    const issues = result.error.issues.flatMap((issue) => choose(issue, value))
    for (const issue of issues) reportIssue(issue, value, report)
    if (issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys')) return null
    for (const issue of issues) prune(issue, value)
  }
  return null
}

/** Keys that a later version brings: refused by name, so that nobody takes them for a typing error. */
const laterKeys = new Set([
  ...['depends_on', 'ready', 'replicas', 'profiles', 'session', 'boot'],
  ...['activity'],
])

/** What other tools call the same thing. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  environment: ['env'],
  services: ['projects', 'agents'],
  working_dir: ['cwd'],
  workdir: ['cwd'],
  entrypoint: ['command'],
  cmd: ['command'],
  stop_grace_period: ['drain', 'timeout'],
}

function messageOf(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return nouns[issue.expected] ?? issue.expected
    case 'unrecognized_keys': {
      const allowed = shapeKeys(issue.inst)
      // A line for each key, in the order of `keys`.
      return issue.keys.map((name) => unknownKey(name, allowed)).join('\n')
    }
    case 'too_small':
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    default:
      return 'cannot be used here'
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

function shapeKeys(schema: RawIssue['inst']): readonly string[] {
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : []
}

function unknownKey(name: string, allowed: readonly string[]): string {
  if (laterKeys.has(name)) return `"${name}" is not supported by this version`
  const others = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined
  const near = others?.find((other) => allowed.includes(other)) ?? nearest(name, allowed)
  return `unknown key "${name}"; ${near === null ? `there are ${allowed.join(', ')}` : `did you mean "${near}"?`}`
}

/** The issues of the branch of a union that the value was meant for; those of a plain issue are itself. */
function choose(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const input = valueAt(value, issue.path)
  const branches = issue.errors.map((branch) => branch.flatMap((inner) => choose(inner, input)))
  const meant = branches.filter((branch) => !branch.every((inner) => isOfOtherType(inner, input)))
  const chosen = meant[0]
  if (chosen === undefined) {
    const expected = [...new Set(branches.flat().map((inner) => inner.message))]
    const message = [expected.slice(0, -1).join(', '), expected.at(-1)].filter(Boolean).join(' or ')
    return [{ code: 'invalid_type', expected: '', path: issue.path, message }]
  }
  return chosen.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** Whether the branch failed because the whole value has another type than it takes. */
function isOfOtherType(issue: Issue, input: unknown): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_type') return true
  return issue.code === 'invalid_value' && !issue.values.some((value) => typeof value === typeof input)
}

function reportIssue(issue: Issue, value: unknown, report: ReportProblem): void {
  const path = keyPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    for (const [index, name] of issue.keys.entries())
      report([...path, name], 'key', messages[index] ?? `unknown key "${name}"`)
    return
  }
  const atKey = issue.code === 'custom' && issue.params?.at === 'key'
  report(path, atKey ? 'key' : 'value', plainMessage(issue, value))
}

function plainMessage(issue: Issue, value: unknown): string {
  const input = valueAt(value, issue.path)
  if (issue.code === 'invalid_type') return wrongType(issue.message, input)
  if (issue.code === 'invalid_value' && !issue.values.some((wanted) => typeof wanted === typeof input))
    return wrongType(issue.message, input)
  return issue.message
}

function wrongType(expected: string, input: unknown): string {
  if (input === undefined) return 'is missing'
  const scalar = typeof input === 'number' || typeof input === 'boolean'
  const hint = scalar && expected === 'a string' ? '; put it in quotes' : ''
  return `expected ${expected}, got ${typeName(input)}${hint}`
}

function typeName(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  switch (typeof input) {
    case 'string':
      return 'a string'
    case 'number':
      return Number.isInteger(input) ? 'a number' : 'a fraction'
    case 'boolean':
      return String(input)
    default:
      return 'a mapping'
  }
}

function prune(issue: Issue, value: unknown): void {
  if (issue.code === 'unrecognized_keys') {
    for (const name of issue.keys) remove(value, [...issue.path, name])
    return
  }
  // What is missing cannot be left out, but what lacks it can.
  const path = valueAt(value, issue.path) === undefined ? issue.path.slice(0, -1) : issue.path
  remove(value, path)
}

/** A list goes as a whole: without one item the places of the others would no longer be those in the file. */
function remove(value: unknown, path: readonly PropertyKey[]): void {
  const last = path.at(-1)
  const parent = valueAt(value, path.slice(0, -1))
  if (typeof last === 'number') remove(value, path.slice(0, -1))
  else if (isMapping(parent) && typeof last === 'string') delete parent[last]
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value
  for (const part of path) {
    if (Array.isArray(current) && typeof part === 'number') current = current[part]
    else if (isMapping(current) && typeof part === 'string') current = current[part]
    else return undefined
  }
  return current
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyPath(path: readonly PropertyKey[]): KeyPath {
  return path.filter((part) => typeof part !== 'symbol')
}
