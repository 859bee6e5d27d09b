import { expect, it } from 'vitest'
import { bootId } from '../../../src/io/boot-id.ts'
import type { ProcessInfo } from '../../../src/io/processes.ts'
import { linuxProcesses } from '../../../src/io/processes.ts'
import type { Job } from '../../../src/model/job.ts'
import { endJobTree } from '../../../src/supervisor/job-tree.ts'

const id = 'mh8k2p1x40a3f9q'
const child = { pid: 70_010, start: 's10', boot: bootId(), startedAt: '2026-01-01T00:00:00.000Z' }

const job: Job = {
  record: {
    version: 1,
    id,
    kind: 'shell',
    agent: null,
    role: null,
    runtime: null,
    model: null,
    command: ['true'],
    promptPreview: null,
    tags: [],
    sessionId: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    root: '/',
    parentTaskId: null,
    parentAgent: null,
    timeoutMs: null,
    retryOf: null,
  },
  host: { pid: 70_001, start: 's1', boot: bootId() },
  child,
  end: null,
}

function member(pid: number, start = `s${pid}`): ProcessInfo {
  return {
    pid,
    ppid: 1,
    pgrp: pid,
    session: child.pid,
    tpgid: -1,
    start,
    zombie: false,
    stopped: false,
    threads: 1,
  }
}

/** A machine on which these run, the marked ones with the job's id; says who was signalled. */
async function ended(
  table: readonly ProcessInfo[],
  marked: readonly number[],
  sight: 'watched' | 'unwatched',
): Promise<readonly number[]> {
  const signalled = new Set<number>()
  const left = () => table.filter(({ pid }) => !signalled.has(pid))
  const processes = {
    ...linuxProcesses,
    scan: async () => left(),
    carriers: async () => new Map(marked.map((pid) => [pid, id])),
    find: (pid: number) => left().find((found) => found.pid === pid) ?? null,
    signal: ({ pid }: { readonly pid: number }) => signalled.add(pid).size > 0,
  }
  const clock = { now: () => 0, sleep: async () => undefined }
  expect(await endJobTree(job, 0, { processes, clock }, sight)).toEqual([])
  return [...signalled]
}

it('ends the session of a child that was seen until just now', async () => {
  expect(await ended([member(70_011)], [], 'watched')).toEqual([70_011])
})

it('leaves a session alone that may be anybody’s: its leader is gone, and nobody saw it go', async () => {
  expect(await ended([member(70_011)], [], 'unwatched')).toEqual([])
})

it('ends it where the child still leads it, or one in it carries the id of the job', async () => {
  expect(await ended([member(child.pid, child.start), member(70_011)], [], 'unwatched')).toEqual([
    child.pid,
    70_011,
  ])
  expect(await ended([member(70_011), member(70_012)], [70_012], 'unwatched')).toEqual([70_011, 70_012])
})

it('leaves the session of another process alone, to which the pid has passed', async () => {
  for (const sight of ['watched', 'unwatched'] as const)
    expect(await ended([member(child.pid, 'later'), member(70_011)], [], sight)).toEqual([])
})
