import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultBackoff, type RestartPolicy } from '../../../src/model/restart.ts'
import { observationOf, parseShow } from '../../../src/supervisor/systemd/observe.ts'
import { serviceFormat } from '../../../src/supervisor/systemd/unit-file.ts'
import { unitName } from '../../../src/supervisor/units/format.ts'
import { placeOf } from '../../../src/supervisor/units/place.ts'
import { writtenLaunches } from '../../support/launches.ts'
import { createSandbox } from '../../support/sandbox.ts'

const template = readFileSync(
  fileURLToPath(new URL('../../../templates/agent.service', import.meta.url)),
  'utf8',
)

function someLaunch() {
  const sandbox = createSandbox()
  try {
    const [launch] = writtenLaunches(sandbox.dir, sandbox.env, [{ command: ['true'] }])
    if (launch === undefined) throw new Error('nothing rendered')
    return launch
  } finally {
    sandbox.dispose()
  }
}

const launch = someLaunch()
const { parse: parseUnit, render: renderUnit } = serviceFormat
const shared = {
  name: 'u',
  shell: '/bin/sh',
  runner: '/r.sh',
  env: {},
  socket: { name: 'unit-1', directory: '/s' },
}

describe('a unit file', () => {
  it('says what the unit was started with, whatever the paths hold', () => {
    const path = fc.string({ unit: 'grapheme' }).map((text) => `/${text}`)
    fc.assert(
      fc.property(path, path, path, (composeFile, agentDir, directory) => {
        const given = { ...launch, composeFile, agentDir }
        const input = { ...shared, launch: given, socket: { name: 'unit-1', directory } }
        expect(parseUnit(renderUnit(template, input), launch.team)).toMatchObject({
          readable: true,
          socket: { name: 'unit-1', directory },
          labels: {
            id: 'web:lead',
            composeFile,
            agentDir,
            drain: launch.drain,
            fingerprint: launch.fingerprint,
          },
        })
      }),
    )
  })

  it('has the manager keep the pause and the limit of the policy, where the wrapper cannot', () => {
    const linesFor = (restart: RestartPolicy) => {
      const text = renderUnit(template, { ...shared, launch: { ...launch, restart } })
      return text.match(/^(Restart|StartLimit).*=.*$/gm)
    }
    const backoff = { ...defaultBackoff, initialMs: 250, resetAfterMs: 60_000 }
    expect(linesFor({ policy: 'always', max: 3, backoff })).toEqual([
      'StartLimitIntervalSec=240000ms',
      'StartLimitBurst=4',
      'Restart=on-abnormal',
      'RestartSec=250ms',
    ])
    // The pause has no growth here, and no more than the longest.
    const short = { ...backoff, initialMs: 5_000, maxMs: 100 }
    expect(linesFor({ policy: 'on-failure', max: null, backoff: short })).toEqual([
      'StartLimitIntervalSec=0ms',
      'StartLimitBurst=1',
      'Restart=on-abnormal',
      'RestartSec=100ms',
    ])
    expect(linesFor({ policy: 'always', max: Number.MAX_SAFE_INTEGER, backoff })).toEqual(
      expect.arrayContaining(['StartLimitIntervalSec=3155760000000ms', 'StartLimitBurst=4294967295']),
    )
    expect(linesFor({ policy: 'no', max: 3, backoff })).toContain('Restart=no')
    expect(linesFor({ policy: 'always', max: 0, backoff })).toContain('Restart=no')
  })

  it('of another team, or of nobody, is not ours', () => {
    expect(parseUnit(renderUnit(template, { ...shared, launch }), 'acm')).toBeNull()
    expect(parseUnit('[Service]\nExecStart=/bin/true\n', launch.team)).toBeNull()
  })

  it('has no name that another agent’s could have', () => {
    const one = unitName({ team: 'a', project: 'b-c', agent: 'd' }, serviceFormat)
    expect(one).not.toBe(unitName({ team: 'a', project: 'b', agent: 'c-d' }, serviceFormat))
  })
})

describe('what the manager says', () => {
  const parsed = parseUnit(renderUnit(template, { ...shared, launch }), launch.team)
  const seen = (state: Record<string, string> | undefined, readable = true) => {
    if (parsed === null) throw new Error('not parsed')
    return observationOf('u', { ...parsed, readable }, state, 42)
  }

  it.each([
    ['active', 'running', 42],
    ['activating', 'running', 42],
    ['deactivating', 'running', 42],
    ['inactive', 'exited', null],
    ['failed', 'exited', null],
    ['', 'unknown', null],
    ['what', 'unknown', null],
  ])('"%s" is %s', (state, liveness, pid) => {
    expect(seen({ ActiveState: state })).toMatchObject({ liveness, unit: { pid, supervisor: 'systemd' } })
  })

  it('is unknown, never absent, where it says nothing or the labels are damaged', () => {
    expect(seen(undefined).liveness).toBe('unknown')
    expect(seen({ ActiveState: 'inactive' }, false).liveness).toBe('unknown')
  })

  it('is told for each unit apart', () => {
    const states = parseShow('Id=a.service\nActiveState=active\n\nId=b.service\nActiveState=failed\n')
    expect(states.get('a.service')?.ActiveState).toBe('active')
    expect(states.get('b.service')?.ActiveState).toBe('failed')
  })

  it('tells where the terminal is found', () => {
    expect(placeOf(seen({}).unit.handle)).toEqual({ socket: shared.socket, agentDir: launch.agentDir })
  })
})
