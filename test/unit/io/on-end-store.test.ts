import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createOnEndStore, type OnEndStore } from '../../../src/io/on-end-store.ts'

let dir: string
let store: OnEndStore
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oe-'))
  store = createOnEndStore(dir)
})
afterEach(() => rmSync(dir, { recursive: true }))

const launch = { argv: ['true'], env: { A: '1' }, cwd: '/' }
const runner = { pid: 1, start: '2', boot: 'b' }

it('is pending until it is done, and is run by one', () => {
  expect(store.pending()).toEqual([])
  expect(store.runner('abc123')).toBeNull()
  store.plan('abc123', { launch, timeoutMs: 5 })
  expect(store.pending()).toEqual(['abc123'])
  expect(store.read('abc123')).toMatchObject({ launch, timeoutMs: 5 })
  expect(store.claim('abc123', runner)).toBe(true)
  expect(store.claim('abc123', { ...runner, pid: 3 })).toBe(false)
  expect(store.runner('abc123')).toEqual(runner)
  expect(store.pending()).toEqual(['abc123'])
  expect(store.done('abc123')).toBe(true)
  expect(store.done('abc123')).toBe(false)
  expect([store.pending(), store.read('abc123'), store.runner('abc123')]).toEqual([[], null, null])
})

it('takes nothing damaged for a command', () => {
  store.plan('abc123', { launch, timeoutMs: 5 })
  writeFileSync(join(dir, '.on-end', 'abc123.json'), '{"launch":')
  expect(store.read('abc123')).toBeNull()
  writeFileSync(join(dir, '.on-end', 'abc123.run'), '')
  expect(store.runner('abc123')).toBeNull()
})
