import { describe, expect, it } from 'vitest'
import type { Check } from '../../../src/model/check.ts'
import { doctorReport } from '../../../src/view/doctor.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'
import { displayWidth } from '../../../src/view/width.ts'

const fine: Check = { name: 'tmux', status: 'ok', detail: 'version 3.3a', hint: null }
const old: Check = { name: 'node', status: 'warn', detail: 'version 20', hint: 'install 22' }
const bad: Check = {
  name: 'state directory',
  status: 'fail',
  detail: '/very/long/path/to/.team cannot be written by this user at all',
  hint: 'chown -R me /very/long/path/to/.team',
}

function report(checks: readonly Check[], width: number | null = null): readonly string[] {
  return doctorReport(checks, { style: plainStyle, width }).split('\n')
}

describe('doctorReport', () => {
  it('marks each check, and puts what to do below it', () => {
    expect(report([fine, old, bad])).toEqual([
      '✔   tmux              version 3.3a',
      '!   node              version 20',
      '                      hint: install 22',
      `✘   state directory   ${bad.detail}`,
      `                      hint: ${bad.hint}`,
      '1 problem: team cannot work until solved',
    ])
  })

  it('wraps within its column', () => {
    const lines = report([bad], 60)
    expect(lines[1]).toMatch(/^ {22}\S/)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(60)
    const words = lines
      .slice(0, -1)
      .map((line) => line.slice(22))
      .join(' ')
    expect(words).toBe(`${bad.detail} hint: ${bad.hint}`)
  })

  it.each([
    [[fine], 'team is ready to work'],
    [[fine, old], 'team works, with 1 warning'],
    [[old, old], 'team works, with 2 warnings'],
    [[bad, old, bad], '2 problems: team cannot work until solved'],
    [[], 'team is ready to work'],
  ])('ends with a verdict', (checks, verdict) => expect(report(checks).at(-1)).toBe(verdict))

  it('colours the marks, and keeps columns in line', async () => {
    const style = await createStyle({ color: true })
    const lines = doctorReport([fine, bad], { style, width: null }).split('\n')
    expect(lines[0]).toBe(`${style.ok('✔')}   tmux              version 3.3a`)
    expect(lines[1]).toContain(`${style.bad('✘')}   state directory   /very`)
  })

  it('never lets a detail act on the terminal', () => {
    expect(report([{ ...fine, detail: '\u001b[2Jx\ny' }])[0]).toContain('\\x1b[2Jx\\ny')
  })
})
