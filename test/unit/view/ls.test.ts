import { describe, expect, it } from 'vitest'
import { lsTable } from '../../../src/view/ls.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'

describe('lsTable', () => {
  it('shows each team with its agents by state, and where its file is', () => {
    const teams = [
      {
        name: 'acme',
        agents: { exited: 1, running: 3, failed: 0 },
        file: '/home/me/acme team/team.yaml',
        error: null,
      },
      { name: 'b', agents: {}, file: null, error: null },
    ]
    expect(lsTable(teams, plainStyle).split('\n')).toEqual([
      'NAME   STATUS                  FILE',
      'acme   running(3), exited(1)   /home/me/acme team/team.yaml',
      'b      no agents               -',
    ])
  })

  it('keeps columns in line in colour', async () => {
    const style = await createStyle({ color: true })
    const shown = lsTable([{ name: 'acme', agents: { running: 1 }, file: '/f', error: null }], style)
    expect(shown.split('\n')[1]).toBe(`acme   ${style.ok('running(1)')}   /f`)
  })

  it('never lets a path act on the terminal', () => {
    expect(lsTable([{ name: 'a', agents: {}, file: '/x\n\u001b[2J', error: null }], plainStyle)).toContain(
      '/x\\n\\x1b[2J',
    )
  })

  it('says what to type when there is none', () => {
    expect(lsTable([], plainStyle)).toBe('No teams are running. Start one beside its team.yaml with: team up')
  })
})
