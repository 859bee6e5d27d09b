import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readTaskSessions, rememberTaskSession } from '../../../src/io/task-sessions.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ts-'))
  mkdirSync(join(dir, 'tasks'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('remembers one for each agent', () => {
  rememberTaskSession(dir, 'web:a', { runtime: 'codex', id: 'x' })
  rememberTaskSession(dir, 'web:b', { runtime: 'claude', id: 'y' })
  rememberTaskSession(dir, 'web:a', null)
  expect(readTaskSessions(dir)).toEqual({ 'web:b': { runtime: 'claude', id: 'y' } })
})

it('writes over nothing that is damaged', () => {
  const damaged = '{"web:b": {"runtime": "claude", "id": "y"}, "web'
  writeFileSync(join(dir, 'tasks/sessions.json'), damaged)
  expect(readTaskSessions(dir)).toEqual({})
  rememberTaskSession(dir, 'web:a', { runtime: 'codex', id: 'x' })
  expect(readTaskSessions(dir)).toEqual({ 'web:a': { runtime: 'codex', id: 'x' } })
  const [aside = ''] = readdirSync(join(dir, 'tasks')).filter((name) => name.includes('.corrupt-'))
  expect(readFileSync(join(dir, 'tasks', aside), 'utf8')).toBe(damaged)
})
