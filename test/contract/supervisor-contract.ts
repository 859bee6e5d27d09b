import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileRecords } from '../../src/io/records.ts'
import type { DrainStep } from '../../src/model/drain.ts'
import type { Launch } from '../../src/model/launch.ts'
import type { DrainOptions, Supervisor } from '../../src/model/supervisor.ts'
import type { Observation } from '../../src/model/unit.ts'
import { hostProcesses } from '../support/host-processes.ts'
import { type AgentOptions, writtenLaunches } from '../support/launches.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { waitFor } from '../support/wait-for.ts'

/** What one adapter brings to the suite. */
export interface ContractSubject {
  readonly name: string
  create(sandbox: Sandbox, team: string): Supervisor
}

const key = (name: string): DrainStep => ({ kind: 'key', key: name })
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script]
/** Ends on the first Ctrl-C with 0. */
const polite = sh('trap "exit 0" INT; echo up; while :; do sleep 0.05; done')
const stubborn = sh('trap "" HUP INT TERM; echo up; while :; do sleep 0.05; done')

function drainOptions(overrides: Partial<DrainOptions> = {}): DrainOptions {
  return {
    timeoutMs: null,
    now: false,
    signal: new AbortController().signal,
    force: new AbortController().signal,
    progress: () => undefined,
    drained: () => undefined,
    ...overrides,
  }
}

/** Holds an adapter to what the Supervisor interface says. */
export function supervisorContract(subject: ContractSubject): void {
  describe(`${subject.name} keeps the supervisor contract`, () => {
    let sandbox: Sandbox
    let supervisor: Supervisor

    beforeEach(() => {
      sandbox = createSandbox()
      supervisor = subject.create(sandbox, 'acme')
    })
    afterEach(() => sandbox.dispose())

    const render = (agents: readonly AgentOptions[]) => writtenLaunches(sandbox.dir, sandbox.env, agents)
    const up = async (agents: readonly AgentOptions[]): Promise<readonly Launch[]> => {
      const launches = render(agents)
      await supervisor.observe()
      const outcomes = await supervisor.start(launches.map((launch) => ({ launch, replaces: null })))
      expect(outcomes.map((outcome) => outcome.result.kind)).toEqual(launches.map(() => 'started'))
      return launches
    }
    const one = async (id: string): Promise<Observation> => {
      const found = (await supervisor.observe()).find((unit) => unit.id === id)
      if (found === undefined) throw new Error(`${id} is not observed`)
      return found
    }
    const ready = (launch: Launch) =>
      waitFor(`${launch.id} to be ready`, () => {
        const log = `${launch.agentDir}/output.log`
        return existsSync(log) && readFileSync(log, 'utf8').includes('up')
      })

    it('observes nothing before anything was started', async () => {
      expect(await supervisor.observe()).toEqual([])
    })

    it('starts, observes and removes', async () => {
      const [launch] = await up([{ command: polite }])
      if (launch === undefined) throw new Error('nothing rendered')
      const unit = await one('web:lead')
      expect(unit).toMatchObject({
        liveness: 'running',
        composeFile: launch.composeFile,
        agentDir: launch.agentDir,
        marker: launch.marker,
        fingerprint: launch.fingerprint,
        drain: launch.drain,
      })
      const record = fileRecords.read(launch.agentDir)
      expect(record.last?.kind).toBe('start')
      await supervisor.remove([unit], { shutdown: false })
      expect(await supervisor.observe()).toEqual([])
    })

    it('drains gracefully and says so', async () => {
      const [launch] = await up([{ command: polite }])
      if (launch === undefined) throw new Error('nothing rendered')
      await ready(launch)
      const [outcome] = await supervisor.drain([await one('web:lead')], drainOptions())
      expect(outcome).toMatchObject({ outcome: 'graceful', exitCode: 0, exitSignal: null, survivors: [] })
    })

    it('kills a stubborn agent at its deadline, and reports it as forced', async () => {
      const [launch] = await up([{ command: stubborn, timeoutMs: 400, steps: [key('C-c')] }])
      if (launch === undefined) throw new Error('nothing rendered')
      await ready(launch)
      const [outcome] = await supervisor.drain([await one('web:lead')], drainOptions())
      expect(outcome).toMatchObject({ outcome: 'forced', exitSignal: 'SIGKILL', survivors: [] })
      expect(outcome?.ms).toBeLessThan(400 + 2_500)
      const carriers = await hostProcesses.carriers('TEAM_UNIT', await hostProcesses.scan())
      expect([...carriers.values()]).not.toContain(launch.marker)
    })

    it('keeps an ended unit as exited, with its record', async () => {
      const launches = render([{ command: sh('exit 7') }])
      await supervisor.observe()
      const [outcome] = await supervisor.start(launches.map((launch) => ({ launch, replaces: null })))
      const [launch] = launches
      if (launch === undefined) throw new Error('nothing rendered')
      await waitFor('the exit record', () => fileRecords.read(launch.agentDir).last?.kind === 'exit')
      expect(outcome?.result.kind === 'exited' || outcome?.result.kind === 'started').toBe(true)
      expect(fileRecords.read(launch.agentDir).last).toMatchObject({ kind: 'exit', code: 7, signal: null })
      await waitFor('the unit to be seen as ended', async () => (await one('web:lead')).liveness === 'exited')
    })

    it('says why an agent cannot be started', async () => {
      const launches = render([
        { name: 'cmd', command: ['no-such-program-anywhere'] },
        { name: 'dir', command: polite, cwd: '/no/such/directory' },
      ])
      await supervisor.observe()
      await supervisor.start(launches.map((launch) => ({ launch, replaces: null })))
      const reasons = () => launches.map(({ agentDir }) => fileRecords.read(agentDir).last)
      await waitFor('both errors', () => reasons().every((last) => last?.kind === 'error'))
      expect(reasons()).toMatchObject([{ reason: 'command' }, { reason: 'cwd' }])
    })
  })
}
