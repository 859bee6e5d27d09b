import { describe, expect, it } from 'vitest'
import type { AgentStatus } from '../../../src/model/status.ts'
import { psIds, psTable } from '../../../src/view/ps.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'
import { displayWidth } from '../../../src/view/width.ts'

const now = Date.parse('2026-01-01T12:00:00Z')

function status(agent: string, more: Partial<AgentStatus> = {}): AgentStatus {
  return {
    team: 'acme',
    project: 'web',
    agent,
    id: `web:${agent}`,
    role: null,
    runtime: 'claude',
    model: null,
    supervisor: 'tmux',
    unit: `acme/web/${agent}`,
    state: 'running',
    activity: null,
    activitySince: null,
    activityDetail: null,
    pid: 4711,
    startedAt: '2026-01-01T10:00:00Z',
    uptimeMs: 7_200_000,
    restarts: 0,
    exitCode: null,
    exitSignal: null,
    upToDate: true,
    orphan: false,
    cwd: '/x',
    sessionId: null,
    logFile: null,
    ...more,
  }
}

const stopped = { pid: null, uptimeMs: null, startedAt: null } as const

function lines(rows: readonly AgentStatus[], width: number | null = null): readonly string[] {
  return psTable(rows, { now, width, style: plainStyle }).split('\n')
}

describe('psTable', () => {
  it('shows what runs, and only the columns that say something', () => {
    expect(
      lines([status('lead', { role: 'manager' }), status('api', { runtime: 'command', pid: 12 })]),
    ).toEqual([
      'AGENT      ROLE      RUNTIME   STATE     UPTIME   RESTARTS   PID',
      'web:lead   manager   claude    running   2h       0          4711',
      'web:api    -         command   running   2h       0          12',
    ])
  })

  it('shows activity as soon as one agent has one', () => {
    const [titles, , second] = lines([status('a'), status('b', { activity: 'blocked' })])
    expect(titles).toContain('ACTIVITY')
    expect(second).toMatch(/running {3}blocked/)
  })

  it('says what to act on, and what to type', () => {
    const rows = [
      status('a', { ...stopped, state: 'failed', exitCode: 1 }),
      status('b', { ...stopped, state: 'failed', exitSignal: 'SIGKILL' }),
      status('c', { ...stopped, state: 'failed', upToDate: false }),
      status('d', { upToDate: false }),
      status('e', { orphan: true, upToDate: false }),
      status('f', { state: 'unknown' }),
      status('g', { state: 'restarting', exitCode: 3, upToDate: false }),
      status('h', { ...stopped, state: 'exited', exitCode: 0 }),
      status('i'),
    ]
    const notes = lines(rows).map((line) => line.split(/ {3,}/)[7] ?? '')
    expect(notes).toEqual([
      'NOTE',
      'exit 1: team logs web:a',
      'SIGKILL: team logs web:b',
      'its end was not seen: team logs web:c',
      'changed: run team reload',
      'orphan: run team reload',
      'could not be read: team doctor',
      'exit 3; changed: run team reload',
      '',
      '',
    ])
  })

  it('fits the screen: what matters most stays', () => {
    const rows = [status('lead', { role: 'manager', activity: 'busy', upToDate: false })]
    expect(lines(rows)[0]).toBe(
      'AGENT      ROLE      RUNTIME   STATE     ACTIVITY   UPTIME   RESTARTS   PID    NOTE',
    )
    expect(lines(rows, 90)[0]).not.toContain('PID')
    expect(lines(rows, 80)[0]).toBe('AGENT      STATE     ACTIVITY   UPTIME   RESTARTS   NOTE')
    expect(lines(rows, 40)[1]).toBe('web:lead   running   changed: run team …')
    for (let width = 1; width < 110; width++) {
      for (const line of lines(rows, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width)
    }
  })

  it('counts uptime from the start where no one has counted it yet', () => {
    expect(lines([status('a', { uptimeMs: null })])[1]).toMatch(/running {3}2h/)
    expect(lines([status('a', { uptimeMs: null, state: 'exited' })])[1]).toMatch(/exited {3}-/)
  })

  it('never lets text from a file act on the terminal', () => {
    const shown = psTable([status('a', { role: 'x\u001b]0;title\u0007\ny' })], {
      now,
      width: null,
      style: plainStyle,
    })
    expect(shown).toContain('x\\x1b]0;title\\x07\\ny')
    expect(shown.split('\n')).toHaveLength(2)
  })

  it('colours by state', async () => {
    const style = await createStyle({ color: true })
    const rows = [status('a'), status('b', { state: 'failed', exitCode: 1 })]
    const shown = psTable(rows, { now, width: null, style })
    expect(shown).toContain(style.ok('running'))
    expect(shown).toContain(style.bad('failed'))
    expect(shown).toContain(style.bad('exit 1: team logs web:b'))
  })

  it('says so when there is nothing, and what to type', () => {
    expect(lines([])).toEqual(['No agents are running. Start them with: team up'])
    expect(psIds([])).toBe('')
  })

  it('lists ids for scripts', () => {
    expect(psIds([status('a'), status('b')])).toBe('web:a\nweb:b')
  })
})
