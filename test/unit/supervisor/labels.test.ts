import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch, withFingerprint } from '../../../src/render/launch.ts'
import { labelFormat, labelOf, parsePane } from '../../../src/supervisor/tmux/labels.ts'
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
  const rendered = renderLaunch(agent, {
    compose,
    stateDir: `${dir}/.team`,
    env: {},
    shell,
    inherited: {},
    self: ['team'],
  })
  return withFingerprint(rendered, fingerprintOf(fingerprintInput(agent, { compose, env: {} })))
}

/** What list-panes prints for a pane that carries these labels. */
function line(label: string, pane = { dead: '0', pid: '77' }): string {
  return labelFormat
    .replace('#{session_name}', 'acme/web/lead')
    .replace('#{pane_id}', '%3')
    .replace('#{pane_pid}', pane.pid)
    .replace('#{pane_dead}', pane.dead)
    .replace('#{pane_pipe}', pane.dead === '1' ? '0' : '1')
    .replace('#{@team_labels}', () => label)
    .replace('#{pid}', '1')
}

describe('labels', () => {
  it('come back as they were, whatever the path holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (path, role) => {
        const launch = launchIn(`/t/${path.replaceAll('\0', '')}`, role)
        const [name, label] = labelOf(launch)
        expect(name).toBe('@team_labels')
        expect(label).not.toMatch(/[\n#{}]/)
        expect(parsePane(line(label), 'acme')).toMatchObject({
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
    const [, label] = labelOf(launchIn('/t'))
    const changed = (index: number, value: string) => line(label.split('|').with(index, value).join('|'))
    expect(parsePane(changed(8, '{'), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(changed(0, '99'), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(changed(7, 'a.b'), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(line(label.split('|').slice(0, 4).join('|')), 'acme')?.liveness).toBe('unknown')
    expect(parsePane(line(label), 'other')).toBeNull()
    expect(parsePane(line(''), 'acme')).toBeNull()
    expect(parsePane('', 'acme')).toBeNull()
  })

  it('tell a dead pane from a live one', () => {
    const [, label] = labelOf(launchIn('/t'))
    expect(parsePane(line(label, { dead: '1', pid: '77' }), 'acme')).toMatchObject({
      liveness: 'exited',
      unit: { pid: null },
    })
  })
})
