import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
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
