import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { loadCompose } from '../../../src/compose/load.ts'
import type { LoadedCompose, LoadInput } from '../../../src/compose/load-with.ts'
import { TeamError } from '../../../src/errors.ts'
import type { AgentSpec } from '../../../src/model/agent.ts'

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A directory `acme` with these files, removed after the test. */
export function workspace(files: Readonly<Record<string, string | Buffer>>): string {
  const outer = realpathSync(mkdtempSync(join(tmpdir(), 'team-compose-')))
  dirs.push(outer)
  const dir = join(outer, 'acme')
  mkdirSync(dir)
  for (const [name, content] of Object.entries(files)) write(dir, name, content)
  return dir
}

export function write(dir: string, name: string, content: string | Buffer): void {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

type Files = string | Readonly<Record<string, string | Buffer>>

/** Loads `files` (or the one team.yaml) from a directory of their own. */
export function load(files: Files, options: Partial<LoadInput> = {}): LoadedCompose & { dir: string } {
  const dir = workspace(typeof files === 'string' ? { 'team.yaml': files } : files)
  return { ...loadIn(dir, options), dir }
}

export function loadIn(dir: string, options: Partial<LoadInput> = {}): LoadedCompose {
  return loadCompose({ files: [], cwd: dir, env: {}, readStdin: () => '', ...options })
}

/** The error of a load that must fail. */
export function failure(files: Files, options: Partial<LoadInput> = {}): TeamError {
  const dir = workspace(typeof files === 'string' ? { 'team.yaml': files } : files)
  return failureOf(() => loadIn(dir, options))
}

export function failureOf(action: () => unknown): TeamError {
  try {
    action()
  } catch (error) {
    if (error instanceof TeamError) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

/** The lines of `compose-invalid`, without the rest. */
export function problems(files: Files, options: Partial<LoadInput> = {}): readonly string[] {
  const error = failure(files, options)
  if (error.code !== 'compose-invalid') throw error
  return error.details
}

export function agentOf(loaded: LoadedCompose, id: string): AgentSpec {
  const agent = loaded.compose.agents.find((candidate) => candidate.id === id)
  if (agent === undefined) throw new Error(`no agent ${id}`)
  return agent
}

/** A team of one agent, below `top`. */
export const oneAgent = (agent: string, top = '') =>
  `${top}\nprojects:\n  web:\n    agents:\n      a: ${agent}\n`
export const onlyAgent = (text: string, env: Record<string, string> = {}) =>
  agentOf(load(text, { env }), 'web:a')

/** A team of one agent, to hang one fault on: `agent` is on line 4. */
export const withAgent = (agent: string) => `projects:\n  web:\n    agents:\n      a: ${agent}\n`
export const withTop = (top: string) => `${top}\n${withAgent('{runtime: claude}')}`

export const agentKey = 'projects.web.agents.a'

/** Expects exactly one problem, where the `^` stands. */
export function expectProblem(marked: string, expected: string | RegExp): void {
  const before = marked.slice(0, marked.indexOf('^')).split('\n')
  const place = `team.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}: `
  const lines = problems(marked.replace('^', ''))
  expect(lines).toHaveLength(1)
  if (typeof expected === 'string') expect(lines[0]).toBe(`${place}${expected}`)
  else {
    expect(lines[0]?.slice(0, place.length)).toBe(place)
    expect(lines[0]?.slice(place.length)).toMatch(expected)
  }
}
