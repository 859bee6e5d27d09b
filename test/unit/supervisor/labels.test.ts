import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch, withFingerprint } from '../../../src/render/launch.ts'
import { labelFormat, labelsOf, parsePane } from '../../../src/supervisor/tmux/labels.ts'
import { agentSpec, composeOf, shell } from '../../support/launches.ts'

function launchIn(dir: string, role: string | null = null) {
  const agent = {
    ...agentSpec({
      command: ['x'],
      steps: [
        { kind: 'key', key: '|' },
        { kind: 'pause', ms: 5 },
        { kind: 'signal', signal: 'SIGTERM' },
      ],
    }),
    role,
  }
  const compose = composeOf(dir, [agent])
  const rendered = renderLaunch(agent, { compose, stateDir: `${dir}/.team`, env: {}, shell, inherited: {} })
  return withFingerprint(rendered, fingerprintOf(fingerprintInput(agent, { compose, env: {} })))
}

/** What list-panes prints for a pane that carries these labels. */
function line(labels: ReadonlyMap<string, string>, pane = { dead: '0', pid: '77' }): string {
  return labelFormat
    .replace('#{session_name}', 'acme/web/lead')
    .replace('#{pane_id}', '%3')
    .replace('#{pane_pid}', pane.pid)
    .replace('#{pane_dead}', pane.dead)
    .replace(/#\{(@team_\w+)\}/g, (_all, name: string) => labels.get(name) ?? '')
}

describe('labels', () => {
  it('come back as they were, whatever the path holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (path, role) => {
        const launch = launchIn(`/t/${path.replaceAll('\0', '')}`, role)
        const labels = new Map(labelsOf(launch))
        for (const value of labels.values()) expect(value).not.toMatch(/[|\n#{}]/)
        expect(parsePane(line(labels), 'acme')).toMatchObject({
          id: launch.id,
          liveness: 'running',
          composeFile: launch.composeFile,
          agentDir: launch.agentDir,
          marker: launch.marker,
          fingerprint: launch.fingerprint,
          drain: { timeoutMs: launch.drain.timeoutMs },
          role: role === '' ? null : role,
        })
      }),
    )
  })

  it('make a pane unknown when they cannot be read, and nobody’s when they are not ours', () => {
    const labels = new Map(labelsOf(launchIn('/t')))
    expect(parsePane(line(new Map([...labels, ['@team_drain', '{']])), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(line(new Map([...labels, ['@team_v', '99']])), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(line(new Map([...labels, ['@team_fingerprint', 'a.b']])), 'acme')?.liveness).toBe(
      'unknown',
    )
    expect(parsePane(line(labels), 'other')).toBeNull()
    expect(parsePane(line(new Map()), 'acme')).toBeNull()
    expect(parsePane('', 'acme')).toBeNull()
  })

  it('tell a dead pane from a live one', () => {
    const labels = new Map(labelsOf(launchIn('/t')))
    expect(parsePane(line(labels, { dead: '1', pid: '77' }), 'acme')).toMatchObject({
      liveness: 'exited',
      unit: { pid: null },
    })
  })
})
