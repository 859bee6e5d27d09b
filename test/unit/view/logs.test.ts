import { describe, expect, it } from 'vitest'
import { localTime } from '../../../src/view/human.ts'
import { createLogPrefixer } from '../../../src/view/logs.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'

describe('createLogPrefixer', () => {
  it('lines names up, and makes room as agents join', () => {
    const prefixer = createLogPrefixer(plainStyle)
    prefixer.join('web:api')
    expect(prefixer.format('web:api', 'one', null)).toBe('web:api  | one')
    expect(prefixer.format('web:worker', 'two', null)).toBe('web:worker  | two')
    expect(prefixer.format('web:api', 'three', null)).toBe('web:api     | three')
    expect(prefixer.format('web:x', 'four', null)).toBe('web:x       | four')
  })

  it('shows the time on request', () => {
    const time = '2026-01-01T12:00:00.000Z'
    expect(createLogPrefixer(plainStyle).format('web:a', 'x', time)).toBe(`web:a  | ${localTime(time)} x`)
  })

  it('leaves nothing behind an empty line', () => {
    expect(createLogPrefixer(plainStyle).format('web:a', '', null)).toBe('web:a  |')
  })

  it('gives each agent its colour, and the text none', async () => {
    const style = await createStyle({ color: true })
    const prefixer = createLogPrefixer(style)
    prefixer.join('web:a')
    prefixer.join('web:b')
    expect(prefixer.format('web:b', 'text', null)).toBe(`${style.agentColor(1)('web:b  |')} text`)
    expect(prefixer.format('web:a', 'text', null)).toBe(`${style.agentColor(0)('web:a  |')} text`)
  })
})
