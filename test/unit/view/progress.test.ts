import { describe, expect, it } from 'vitest'
import type { AgentId } from '../../../src/model/agent.ts'
import type { ProgressPhase } from '../../../src/model/progress.ts'
import { createProgress, type ProgressMode, resolveProgressMode } from '../../../src/view/progress.ts'
import { plainStyle, type Style } from '../../../src/view/style.ts'
import { Screen } from './screen.ts'

function setUp(
  mode: ProgressMode,
  size: { columns?: number; rows?: number; total?: number; style?: Style } = {},
) {
  const screen = new Screen(size.columns ?? 60)
  const written: string[] = []
  const clock = { now: 1_000_000 }
  const progress = createProgress(
    mode,
    {
      write: (text) => {
        written.push(text)
        screen.write(text)
      },
      columns: () => screen.columns,
      rows: () => size.rows ?? 24,
      now: () => clock.now,
      style: size.style ?? plainStyle,
    },
    { title: 'down', total: size.total ?? null },
  )
  const event = (id: AgentId, phase: ProgressPhase, detail: string | null = null) =>
    progress.event({ id, phase, detail })
  const advance = (ms: number) => {
    clock.now += ms
    progress.tick()
  }
  return { progress, screen, written, event, advance }
}

describe('tty', () => {
  it('shows nothing for what is done within a second', () => {
    const { progress, written, event, advance } = setUp('tty')
    event('web:a', 'draining')
    advance(900)
    event('web:a', 'drained')
    advance(500)
    progress.stop()
    expect(written).toEqual([])
  })

  it('shows what takes longer, sums up the rest, and redraws in place', () => {
    const { screen, event, advance } = setUp('tty', { total: 5, columns: 40 })
    screen.write('$ team down\n')
    event('web:a', 'drained')
    event('web:bb', 'draining', 'exit sequence')
    event('web:c', 'draining')
    advance(1_200)
    expect(screen.text()).toEqual([
      '$ team down',
      '[+] down 1/5                       1.2s',
      ' ⠹ web:bb   draining   exit seque… 1.2s',
      ' ⠹ web:c    draining               1.2s',
    ])
    event('web:c', 'killed')
    event('web:bb', 'killing', null)
    advance(10_100)
    expect(screen.text()).toEqual([
      '$ team down',
      '[+] down 2/5                        11s',
      ' ⠸ web:bb   killing                 11s',
    ])
  })

  it('counts from the first event of an agent, and shows late ones late', () => {
    const { screen, event, advance } = setUp('tty')
    event('web:a', 'draining')
    advance(1_000)
    event('web:b', 'draining')
    event('web:a', 'starting')
    advance(999)
    expect(screen.text()).toHaveLength(2)
    expect(screen.text()[1]).toMatch(/web:a {3}starting +2s$/)
    advance(1)
    expect(screen.text()[2]).toMatch(/web:b {3}draining +1s$/)
  })

  it('keeps the header once shown, and says that some failed', () => {
    const { screen, event, advance } = setUp('tty')
    event('web:a', 'starting')
    advance(1_500)
    event('web:a', 'failed', 'exit 1')
    advance(100)
    expect(screen.text()).toHaveLength(1)
    expect(screen.text()[0]).toMatch(/^\[\+\] down 1\/1, 1 failed +1.6s$/)
  })

  it('clears itself, so that results follow as if it had not been there', () => {
    const { progress, screen, written, event, advance } = setUp('tty')
    screen.write('$ team down\n')
    event('web:a', 'draining')
    advance(2_000)
    progress.stop()
    screen.write('stop web:a\n')
    expect(screen.text()).toEqual(['$ team down', 'stop web:a'])
    const count = written.length
    event('web:a', 'drained')
    advance(2_000)
    progress.stop()
    expect(written).toHaveLength(count)
  })

  it('is never taller than the screen', () => {
    const { screen, event, advance } = setUp('tty', { rows: 5 })
    for (const name of ['a', 'b', 'c']) event(`web:${name}`, 'draining')
    advance(1_000)
    expect(screen.text()).toHaveLength(4)
    event('web:d', 'draining')
    event('web:e', 'draining')
    advance(1_000)
    expect(screen.text().map((line) => line.trim().split(' ')[1])).toEqual(['down', 'web:a', 'web:b', '3'])
    expect(screen.text()[3]).toBe(' … 3 more')
  })

  it.each([1, 2, 3])('has room on a screen of %d rows', (rows) => {
    const { screen, event, advance } = setUp('tty', { rows })
    for (const name of ['a', 'b', 'c']) event(`web:${name}`, 'draining')
    advance(1_000)
    advance(1_000)
    expect(screen.text().length).toBeLessThanOrEqual(Math.max(1, rows - 1))
  })

  it('never wraps, also with wide and hostile text, on any width', () => {
    for (let columns = 1; columns < 60; columns++) {
      const { screen, event, advance } = setUp('tty', { columns })
      event('web:a', 'draining', 'wait\u001b[5A\n for it')
      advance(1_000)
      advance(1_000)
      expect(screen.text().length).toBeLessThanOrEqual(2)
    }
  })

  it('redraws cleanly after the screen has become narrower', () => {
    const { screen, event, advance } = setUp('tty', { columns: 40 })
    event('web:a', 'draining')
    advance(1_000)
    // What the terminal does when it is made half as wide.
    screen.rows = screen.rows.flatMap((row) => row.match(/.{1,20}/gu) ?? [''])
    screen.row = screen.rows.length - 1
    screen.columns = 20
    advance(1_000)
    expect(screen.text()).toEqual(['[+] down 0/1     2s', ' ⠋ web:a   drai… 2s'])
  })

  it('assumes a common size where the terminal does not tell', () => {
    const written: string[] = []
    const clock = { now: 0 }
    const io = {
      write: (text: string) => {
        written.push(text)
      },
      columns: () => 0,
      rows: () => 0,
      now: () => clock.now,
      style: plainStyle,
    }
    const progress = createProgress('tty', io, { title: 'up', total: null })
    for (let agent = 0; agent < 30; agent++)
      progress.event({ id: `web:${agent}`, phase: 'starting', detail: null })
    clock.now = 1_000
    progress.tick()
    const lines = written.join('').trimEnd().split('\n')
    expect(lines).toHaveLength(23)
    expect(lines[0]).toHaveLength(79)
  })
})

describe('plain', () => {
  it('prints one line a phase, at once', () => {
    const { progress, written, event, advance } = setUp('plain')
    event('web:a', 'draining')
    event('web:a', 'draining', 'again')
    event('web:b', 'draining')
    advance(5_000)
    event('web:a', 'drained', 'exit 0\u0007')
    progress.stop()
    expect(written.join('')).toBe('web:a draining\nweb:b draining\nweb:a drained: exit 0\\x07\n')
  })
})

describe('json', () => {
  it('prints one document a line for every event', () => {
    const { written, event } = setUp('json')
    event('web:a', 'draining', '2 processes left\n')
    expect(written).toHaveLength(1)
    expect(written[0]?.split('\n')).toHaveLength(2)
    expect(JSON.parse(written[0] ?? '')).toEqual({
      time: '1970-01-01T00:16:40.000Z',
      id: 'web:a',
      phase: 'draining',
      detail: '2 processes left\n',
    })
  })
})

describe('quiet', () => {
  it('prints nothing', () => {
    const { progress, written, event, advance } = setUp('quiet')
    event('web:a', 'failed')
    advance(5_000)
    progress.stop()
    expect(written).toEqual([])
  })
})

describe('resolveProgressMode', () => {
  const xterm = { TERM: 'xterm' }
  it.each([
    ['auto', true, xterm, 'tty'],
    ['auto', false, xterm, 'plain'],
    ['auto', true, { TERM: 'dumb' }, 'plain'],
    ['auto', true, { ...xterm, CI: 'true' }, 'plain'],
    ['auto', true, { ...xterm, CI: '' }, 'tty'],
    ['auto', true, { ...xterm, CI: 'false' }, 'tty'],
    ['tty', false, { TERM: 'dumb', CI: '1' }, 'tty'],
    ['json', true, xterm, 'json'],
    ['quiet', true, xterm, 'quiet'],
  ] as const)('%s, tty %s, %o is %s', (flag, isTty, env, mode) => {
    expect(resolveProgressMode(flag, isTty, env)).toBe(mode)
  })
})
