import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from '../../../src/io/processes.ts'
import { type Census, createCensusOffice, leftIn, treeOf } from '../../../src/supervisor/process-tree.ts'

const marker = 'acme/web/lead@/t/team.yaml'
const self = 999

function process(pid: number, facts: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    pid,
    ppid: 1,
    pgrp: pid,
    session: pid,
    tpgid: -1,
    start: `s${pid}`,
    zombie: false,
    stopped: false,
    threads: 1,
    ...facts,
  }
}

function pidsOf(
  table: readonly ProcessInfo[],
  carriers: readonly number[] = [],
  wrapper: Pick<ProcessInfo, 'pid' | 'start'> | null = { pid: 10, start: 's10' },
): readonly number[] {
  const census: Census = { table, carriers: new Map(carriers.map((pid) => [pid, marker])) }
  return treeOf(census, wrapper, marker, self).map(({ pid }) => pid)
}

describe('the tree of an agent', () => {
  it('is its wrapper, what lives in its terminal, what carries its marker, and their descendants', () => {
    const table = [
      process(10),
      process(11, { ppid: 10, session: 10 }),
      process(12, { session: 10 }), // its parent has ended
      process(13, { ppid: 12 }), // in a session of its own
      process(20),
      process(21, { ppid: 20 }),
      process(30),
    ]
    expect(pidsOf(table, [20])).toEqual([10, 11, 12, 13, 20, 21])
  })

  it('is also what is known to be its own, with what that has started', () => {
    const table = [
      process(10),
      process(40),
      process(41, { ppid: 40 }),
      process(50),
      process(51, { ppid: 50 }),
    ]
    // The pid of the second one has passed to another process.
    const known = [process(40), process(50, { start: 'earlier' })]
    const found = treeOf({ table, carriers: new Map() }, { pid: 10, start: 's10' }, marker, self, known)
    expect(found.map(({ pid }) => pid)).toEqual([10, 40, 41])
  })

  it('is never this process, init, a zombie, or what carries the marker of another agent', () => {
    const table = [
      process(1, { ppid: 0, session: 10 }),
      process(10),
      process(self, { ppid: 10, session: 10 }),
      process(14, { ppid: 10, session: 10, zombie: true }),
      process(30),
    ]
    const census: Census = { table, carriers: new Map([[30, `${marker}2`]]) }
    expect(treeOf(census, { pid: 10, start: 's10' }, marker, self).map(({ pid }) => pid)).toEqual([10])
  })

  it('has nothing of a process that got the pid of the wrapper after it', () => {
    const table = [
      process(10, { start: 'later' }),
      process(11, { ppid: 10, session: 10 }),
      process(20), // the agent's, from when its wrapper lived
    ]
    expect(pidsOf(table, [20])).toEqual([20])
  })

  it('keeps the session of a wrapper that has ended', () => {
    expect(pidsOf([process(11, { session: 10 }), process(12)])).toEqual([11])
  })

  it('is what carries the marker where there was no wrapper', () => {
    expect(pidsOf([process(10), process(11, { session: 10 }), process(20)], [20], null)).toEqual([20])
  })
})

describe('what a wrapper that has ended has left in its session', () => {
  const left = (...table: readonly ProcessInfo[]) =>
    leftIn({ table, carriers: new Map() }, { pid: 10, endedAt: 500 }, ({ start }) => Number(start), self).map(
      ({ pid }) => pid,
    )

  it('is all of the session and their descendants, as long as one of them is older than its end', () => {
    const table = [
      process(11, { session: 10, start: '400' }),
      process(12, { session: 10, start: '900' }),
      process(13, { ppid: 12, start: '900' }),
      process(14, { session: 10, start: '400', zombie: true }),
      process(self, { session: 10, start: '400' }),
      process(20, { start: '400' }),
    ]
    expect(left(...table)).toEqual([11, 12, 13])
  })

  it('is nothing where the pid may have passed to another', () => {
    expect(left(process(11, { session: 10, start: '501' }))).toEqual([])
    expect(left(process(11, { session: 10, start: 'unknown' }))).toEqual([])
    expect(left(process(10, { start: '400' }), process(11, { session: 10, start: '400' }))).toEqual([])
  })
})

describe('the census', () => {
  it('takes others as they were for a second, and never what is ours', async () => {
    let now = 5_000
    const asked: number[][] = []
    const table = [process(10), process(20), process(30)]
    const scan = async (known: ReadonlyMap<number, ProcessInfo> = new Map()) => {
      asked.push(table.map(({ pid }) => pid).filter((pid) => !known.has(pid)))
      return table
    }
    const world = { processes: { scan, carriers: async () => new Map() }, clock: { now: () => now } }
    const take = createCensusOffice(world, () => table.slice(0, 1))
    // At last the clock is set back, and nobody knows how long ago it was.
    for (const at of [5_000, 5_900, 6_100, 6_200, 1_000, 1_500]) {
      now = at
      await take()
    }
    const all = [10, 20, 30]
    expect(asked).toEqual([all, [10], all, [10], all, [10]])
  })

  it('asks nobody twice for a marker, and not those that are ours', async () => {
    const table = [process(10), process(20)]
    const asked: number[][] = []
    const carriers = async (_name: string, among: readonly ProcessInfo[]) => {
      asked.push(among.map(({ pid }) => pid))
      return new Map([[20, marker]])
    }
    const take = createCensusOffice(
      { processes: { scan: async () => table, carriers }, clock: { now: () => 0 } },
      () => [process(10)],
    )
    expect((await take()).carriers).toEqual(new Map([[20, marker]]))
    // Another process has the pid of ours.
    table[0] = process(10, { start: 'later' })
    expect((await take()).carriers).toEqual(new Map([[20, marker]]))
    expect(asked).toEqual([[20], [10]])
  })
})
