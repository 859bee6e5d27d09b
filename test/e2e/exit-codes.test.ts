import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TeamEvent } from '../../src/model/event.ts'
import type { ExitRecord } from '../../src/model/record.ts'
import { ok, outcomesOf, rows } from '../support/cli.ts'
import { knownPid } from '../support/known-pid.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKeys, sleeper, writeTeam } from '../support/team-file.ts'
import { waitFor } from '../support/wait-for.ts'

const full = process.env.TEAM_TEST_FULL === '1'
const batchSize = full ? 50 : 40

/** How one agent ends, and how it is made to. */
interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly agent: AgentKeys
  /** Sent to the agent's own process once everything is up. */
  readonly from: 'itself' | 'outside'
}

const deadly = ['SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGINT', 'SIGPIPE', 'SIGABRT', 'SIGUSR1', 'SIGHUP'] as const

const exits = (code: number): Ending => ({
  code,
  signal: null,
  agent: { command: ['sh', '-c', `exit ${code}`] },
  from: 'itself',
})
const dies = (signal: NodeJS.Signals): Ending => ({
  code: null,
  signal,
  agent: { command: ['sh', '-c', `ulimit -c 0; kill -${signal.slice(3)} $$`] },
  from: 'itself',
})
const isKilled = (signal: NodeJS.Signals): Ending => ({ code: null, signal, agent: sleeper, from: 'outside' })

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** 256 codes, 48 signals of its own and 46 from outside: 350. By default each kind a few times. */
const endings: readonly Ending[] = full
  ? [
      ...times(256, exits),
      ...deadly.flatMap((signal) => times(6, () => dies(signal))),
      ...times(30, () => isKilled('SIGKILL')),
      ...deadly.flatMap((signal) => times(2, () => isKilled(signal))),
    ]
  : [
      // The codes that a shell confuses with signals, and with its own.
      ...[0, 0, 1, 2, 126, 127, 128, 129, 130, 137, 139, 141, 143, 192, 193, 254, 255].map(exits),
      ...deadly.map(dies),
      ...times(7, () => isKilled('SIGKILL')),
      ...deadly.map(isKilled),
    ]

const words = (end: { readonly code?: unknown; readonly signal?: unknown } | TeamEvent | undefined) =>
  `${end?.code} ${end?.signal}`

async function runBatch(sandbox: Sandbox, batch: readonly Ending[]): Promise<readonly string[]> {
  const ids = batch.map((_, index) => `web:a${index}`)
  writeTeam(
    sandbox,
    Object.fromEntries(batch.map(({ agent }, index) => [`web:a${index}`, { ...agent, restart: 'no' }])),
  )
  const up = await sandbox.team(['up', '--json'])
  expect(up.code, up.stderr).toBeLessThanOrEqual(1)
  const started = await rows(sandbox)
  batch.forEach(({ from, signal }, index) => {
    if (from === 'outside' && signal !== null) process.kill(knownPid(started[ids[index] ?? '']?.pid), signal)
  })
  const ended = await waitFor('all to have ended', async () => {
    const found = await rows(sandbox)
    return ids.every((id) => found[id]?.state === 'exited' || found[id]?.state === 'failed') && found
  })
  const events = await exitEvents(sandbox)
  const reported = new Map(outcomesOf(up).map(({ id, error }) => [id.toString(), error?.message]))
  return batch.flatMap(({ code, signal }, index) => {
    const id = ids[index] ?? ''
    const expected = words({ code, signal })
    const shown = ended[id]
    const atUp = reported.get(id)
    const found: string[] = []
    const check = (what: string, actual: string): void =>
      void (actual === expected || found.push(`${id}: ${what} says ${actual}, not ${expected}`))
    check('ps', words({ code: shown?.exitCode, signal: shown?.exitSignal }))
    check('exit.json', words(exitRecord(sandbox, id)))
    check('events', (events.get(id) ?? []).map(words).join())
    if (atUp !== undefined && !atUp.includes(`(${signal ?? `exit ${code}`})`))
      found.push(`${id}: up says ${atUp}`)
    if (shown?.state !== (code === 0 ? 'exited' : 'failed')) found.push(`${id}: is ${shown?.state}`)
    return found
  })
}

async function exitEvents(sandbox: Sandbox): Promise<ReadonlyMap<string, readonly TeamEvent[]>> {
  const { stdout } = await ok(sandbox, ['events', '--json'])
  const events: readonly TeamEvent[] = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
  const byId = new Map<string, TeamEvent[]>()
  for (const event of events) {
    if (event.event === 'exited' && event.id !== null)
      byId.set(event.id, [...(byId.get(event.id) ?? []), event])
  }
  return byId
}

function exitRecord(sandbox: Sandbox, id: string): ExitRecord {
  const [project = '', agent = ''] = id.split(':')
  return JSON.parse(readFileSync(join(sandbox.dir, '.team/agents', project, agent, 'exit.json'), 'utf8'))
}

describe('how an agent ended', () => {
  it(`is told right ${endings.length} of ${endings.length} times, by ps, exit.json, the events and up`, {
    timeout: full ? 300_000 : 60_000,
  }, async () => {
    const wrong: string[] = []
    for (let from = 0; from < endings.length; from += batchSize) {
      const sandbox = createSandbox()
      try {
        wrong.push(...(await runBatch(sandbox, endings.slice(from, from + batchSize))))
      } finally {
        sandbox.dispose()
      }
    }
    expect(wrong).toEqual([])
  })
})
