import { describe, expect, it } from 'vitest'
import type { Processes, ProcessInfo } from '../../../src/io/processes.ts'
import type { Records } from '../../../src/io/records.ts'
import type { AgentRecord, RunEvent } from '../../../src/model/record.ts'
import type { DrainOptions } from '../../../src/model/supervisor.ts'
import type { Observation } from '../../../src/model/unit.ts'
import { drainAll } from '../../../src/supervisor/drain.ts'

const marker = 'acme/web/lead@/t/team.yaml'
const wrapperPid = 10
const agentPid = 11
/** Nobody carries on for longer than this. ms. */
const never = 60_000

/** A machine with one wrapper and one agent, in a time of its own that sleeping moves on. */
function createWorld(journal: { last: RunEvent | null }) {
  const alive = new Map<number, ProcessInfo>()
  const sent: string[] = []
  let now = 0
  const add = (pid: number, ppid: number) =>
    alive.set(pid, {
      pid,
      ppid,
      pgrp: wrapperPid,
      session: wrapperPid,
      tpgid: wrapperPid,
      start: `s${pid}`,
      zombie: false,
      stopped: false,
      threads: 1,
    })
  const processes: Processes = {
    scan: async () => [...alive.values()],
    descendants: async () => [...alive.values()],
    children: async (pid) => [...alive.values()].filter((found) => found.ppid === pid),
    find: (pid) => alive.get(pid) ?? null,
    carriers: async () => new Map(alive.has(agentPid) ? [[agentPid, marker]] : []),
    commandLine: () => null,
    openFiles: () => null,
    startedAt: () => null,
    signal: ({ pid, start }, signal) => {
      if (alive.get(pid)?.start !== start) return false
      sent.push(`${pid} ${signal}`)
      if (signal === 'SIGTERM' || signal === 'SIGKILL') alive.delete(pid)
      return true
    },
  }
  const record = (): AgentRecord => ({ last: journal.last, at: null, restarts: 0, exit: null })
  const records: Records = {
    read: record,
    last: () => journal.last,
    clear: () => undefined,
    endLine: () => undefined,
    desired: () => 'down',
    setDesired: () => undefined,
    watch: () => () => undefined,
  }
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
      if (now > never) throw new Error('waits for ever')
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  return { alive, sent, add, ports: { clock, processes, records } }
}

const options: DrainOptions = {
  timeoutMs: 1_000,
  now: false,
  signal: new AbortController().signal,
  force: new AbortController().signal,
  progress: () => undefined,
  drained: () => undefined,
}

const unit: Observation = {
  id: 'web:lead',
  unit: { supervisor: 'tmux', id: 'web:lead', name: 'acme/web/lead', handle: '%1', pid: wrapperPid },
  liveness: 'running',
  composeFile: '/t/team.yaml',
  stateDir: '/t/.team',
  agentDir: '/t/.team/agents/web/lead',
  marker,
  fingerprint: { command: '', env: '', files: '', supervisor: '' },
  drain: { timeoutMs: 1_000, mode: 'interrupt', steps: [{ kind: 'key', key: 'C-c' }] },
  role: null,
  look: null,
}

describe('a drain', () => {
  it('asks an agent whose wrapper was just starting it again', async () => {
    const journal: { last: RunEvent | null } = { last: { kind: 'backoff', run: 1, delayMs: 20 } }
    const world = createWorld(journal)
    world.add(wrapperPid, 2)
    // The wrapper had read `desired` before it became down.
    const processes: Processes = {
      ...world.ports.processes,
      scan: async () => {
        if (journal.last?.kind === 'backoff') {
          world.add(agentPid, wrapperPid)
          journal.last = { kind: 'start', run: 2, pid: agentPid }
        }
        return world.ports.processes.scan()
      },
    }
    const keys: string[] = []
    const [outcome] = await drainAll(
      [unit],
      {
        ...world.ports,
        activity: async () => null,
        processes,
        keys: async (_unit, pressed) => {
          keys.push(...pressed)
          journal.last = { kind: 'exit', run: 2, code: 0, signal: null }
          world.alive.clear()
        },
      },
      options,
    )
    expect(outcome).toMatchObject({ outcome: 'graceful', exitCode: 0 })
    expect(keys).toEqual(['C-c'])
    expect(world.sent).toEqual([])
  })

  it('signals nothing of a process that has got the pid of the wrapper meanwhile', async () => {
    const journal: { last: RunEvent | null } = { last: { kind: 'start', run: 1, pid: agentPid } }
    const world = createWorld(journal)
    world.add(wrapperPid, 2)
    world.add(agentPid, wrapperPid)
    const [outcome] = await drainAll(
      [unit],
      {
        ...world.ports,
        activity: async () => null,
        keys: async () => {
          journal.last = { kind: 'exit', run: 1, code: 0, signal: null }
          world.alive.clear()
          // Somebody else's, in the very moment that the wrapper ends.
          world.add(wrapperPid, 1)
          const stranger = world.alive.get(wrapperPid)
          if (stranger !== undefined) world.alive.set(wrapperPid, { ...stranger, start: 'later' })
          world.add(12, wrapperPid)
        },
      },
      options,
    )
    expect(outcome).toMatchObject({ outcome: 'graceful', survivors: [] })
    expect(world.sent).toEqual([])
    expect([...world.alive.keys()]).toEqual([wrapperPid, 12])
  })

  it('forces an agent that the wrapper has left behind', async () => {
    const world = createWorld({ last: { kind: 'start', run: 1, pid: agentPid } })
    world.add(agentPid, 1)
    const [outcome] = await drainAll(
      [unit],
      { ...world.ports, activity: async () => null, keys: async () => undefined },
      options,
    )
    expect(outcome).toMatchObject({ outcome: 'forced', exitCode: null, survivors: [] })
    expect(world.sent).toContain(`${agentPid} SIGTERM`)
  })
})
