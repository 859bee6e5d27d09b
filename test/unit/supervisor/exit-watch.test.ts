import { describe, expect, it } from 'vitest'
import type { Processes, ProcessInfo } from '../../../src/io/processes.ts'
import type { Records } from '../../../src/io/records.ts'
import type { RunEvent } from '../../../src/model/record.ts'
import { createExitWatch } from '../../../src/supervisor/exit-watch.ts'
import { waitFor } from '../../support/wait-for.ts'

const running: RunEvent = { kind: 'start', run: 1, pid: 11 }
const ended: RunEvent = { kind: 'exit', run: 1, code: 0, signal: null }

/** A wrapper of pid 10 in a time that moves on only by `sleeps`, and whose files tell of changes only by `changed`. */
function createWorld() {
  const wrapper: ProcessInfo = {
    pid: 10,
    ppid: 1,
    pgrp: 10,
    session: 10,
    tpgid: 10,
    start: 's',
    zombie: false,
    stopped: false,
    threads: 1,
  }
  const world = { alive: true, last: running, reads: 0, sleeps: [] as { ms: number; wake: () => void }[] }
  let now = 0
  let tell: (agentDir: string, file: string | null) => void = () => undefined
  const processes: Processes = {
    scan: async () => [],
    descendants: async () => [],
    children: async () => [],
    find: () => (world.alive ? wrapper : null),
    carriers: async () => new Map(),
    commandLine: () => null,
    openFiles: () => null,
    startedAt: () => null,
    signal: () => false,
  }
  const records: Records = {
    last: () => {
      world.reads += 1
      return world.last
    },
    read: () => ({ last: world.last, at: null, restarts: 0, exit: null }),
    clear: () => undefined,
    endLine: () => undefined,
    desired: () => 'down',
    setDesired: () => undefined,
    watch: (_dirs, changed) => {
      tell = changed
      return () => undefined
    },
  }
  const clock = {
    now: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          now += ms
          resolve()
        }
        world.sleeps.push({ ms, wake })
        signal?.addEventListener('abort', () => resolve())
      }),
  }
  const watch = createExitWatch(['/dir'], { clock, processes, records })
  const end = watch.ended({ agentDir: '/dir', process: wrapper }, new AbortController().signal)
  return { world, watch, end, changed: (file: string | null) => tell('/dir', file) }
}

describe('the watch for exits', () => {
  it('reads the journal again only when the journal has changed', () => {
    const { world, changed } = createWorld()
    const before = world.reads
    for (const file of ['output.log', 'output.idx', 'jobs', 'exports', 'exit.json']) changed(file)
    expect(world.reads).toBe(before)
    for (const file of ['run.log', null]) changed(file)
    expect(world.reads).toBe(before + 2)
  })

  it('polls seldom while the agent runs, and often between its exit and that of its wrapper', async () => {
    const { world, changed, end } = createWorld()
    expect(world.sleeps.map(({ ms }) => ms)).toEqual([100])
    world.last = ended
    changed('run.log')
    await waitFor('a short pause', () => world.sleeps.at(-1)?.ms === 3)
    world.alive = false
    world.sleeps.at(-1)?.wake()
    await end
  })

  it('sees the end of a wrapper of which no file tells', async () => {
    const { world, end } = createWorld()
    world.alive = false
    world.sleeps.at(-1)?.wake()
    await end
  })

  it('is calm only after a moment, in which others that ended at the same time are seen', async () => {
    const { world, watch, changed } = createWorld()
    let calm = false
    const before = world.sleeps.length
    const waiting = watch.calm(50).then(() => {
      calm = true
    })
    await Promise.resolve()
    expect(calm).toBe(false)
    world.last = ended
    changed('run.log')
    world.sleeps[before]?.wake()
    // A wrapper is about to end.
    await waitFor('another look', () => world.sleeps.length > before + 2)
    expect(calm).toBe(false)
    world.alive = false
    for (let index = 0; !calm; index += 1) {
      world.sleeps[index]?.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await waiting
  })
})
