import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createJobStore, isJobId, type JobStore } from '../../../src/io/job-store.ts'
import { type JobEnd, type JobRecord, jobVersion, statusOf } from '../../../src/model/job.ts'

let dir: string
let store: JobStore
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'js-'))
  store = createJobStore(dir)
})
afterEach(() => rmSync(dir, { recursive: true }))

const record: JobRecord = {
  version: jobVersion,
  id: 'abc123',
  kind: 'shell',
  agent: 'web:lead',
  role: null,
  runtime: 'command',
  model: null,
  command: ['/bin/sh', '-c', 'true'],
  promptPreview: null,
  tags: ['x'],
  sessionId: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  root: '/',
  parentTaskId: null,
  parentAgent: null,
  timeoutMs: 5,
  retryOf: null,
}
const launch = { argv: ['a'], resumed: null, env: { SECRET: 'x' }, cwd: '/', input: null }
const end: JobEnd = {
  outcome: 'cancelled',
  reason: 'cancelled',
  exitCode: null,
  exitSignal: 'SIGTERM',
  finishedAt: '2026-01-01T00:00:01.000Z',
  sessionId: null,
  result: null,
  usage: { input: 1, output: 2 },
  costUsd: 0.5,
  survivors: [],
}

it('gives back what was written, and forgets the secrets once it has ended', () => {
  store.create(record, launch, 'true')
  expect(store.read('abc123')).toEqual({ record, host: null, child: null, end: null })
  expect(store.launch('abc123')).toEqual(launch)
  expect(store.active()).toEqual([{ id: 'abc123', agent: 'web:lead' }])
  expect(store.writeEnd('abc123', end)).toBe(true)
  expect(store.read('abc123')?.end).toEqual(end)
  expect(store.launch('abc123')).toBeNull()
  expect(store.active()).toEqual([])
})

it('tells who runs it and what it runs as soon as either is known', () => {
  store.create(record, launch, null)
  const host = { pid: 5, start: '1', boot: 'b' }
  store.writeHost('abc123', host)
  expect(store.read('abc123')).toEqual({ record, host, child: null, end: null })
  const child = { ...host, pid: 6, startedAt: '2026-01-01T00:00:00.500Z' }
  store.writeChild('abc123', child)
  expect(store.read('abc123')).toMatchObject({ host, child })
})

it('keeps the first end', () => {
  store.create(record, launch, null)
  store.writeEnd('abc123', end)
  expect(store.writeEnd('abc123', { ...end, outcome: 'completed' })).toBe(false)
  const job = store.read('abc123')
  expect(job === null ? null : statusOf(job)).toBe('cancelled')
})

it('refuses another version, and does not take a damaged record for one', () => {
  store.create(record, launch, null)
  writeFileSync(join(dir, 'abc123/job.json'), JSON.stringify({ ...record, version: 99 }))
  expect(() => store.read('abc123')).toThrow(/another version/)
  writeFileSync(join(dir, 'abc123/job.json'), '{"version":1,')
  expect(store.read('abc123')).toBeNull()
  store.setAside('abc123')
  expect(store.names().filter(isJobId)).toEqual([])
  expect(store.active()).toEqual([])
})

it.each([
  ['end.json', '{"outcome":"comp'],
  ['end.json', ''],
  ['end.json', '{"outcome":"else","finishedAt":"x"}'],
  ['host.json', '{'],
])('takes a damaged %s (%j) neither for running nor for queued', (file, text) => {
  store.create(record, launch, null)
  store.writeHost('abc123', { pid: 5, start: '1', boot: null })
  writeFileSync(join(dir, 'abc123', file), text)
  expect(store.read('abc123')).toBeNull()
})
