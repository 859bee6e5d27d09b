import { describe, expect, it } from 'vitest'
import { createStyle, plainStyle, wantsColor } from '../../../src/view/style.ts'

const xterm = { TERM: 'xterm-256color' }

describe('wantsColor', () => {
  it.each([
    ['a terminal', false, xterm, true, true],
    ['a pipe', false, xterm, false, false],
    ['a dumb terminal', false, { TERM: 'dumb' }, true, false],
    ['a terminal without a name', false, {}, true, false],
    ['--no-color', true, { ...xterm, FORCE_COLOR: '1' }, true, false],
    ['NO_COLOR', false, { ...xterm, NO_COLOR: '1' }, true, false],
    ['NO_COLOR against FORCE_COLOR', false, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', false, { ...xterm, NO_COLOR: '' }, true, true],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, false, true],
    ['an empty FORCE_COLOR', false, { FORCE_COLOR: '' }, false, true],
    ['FORCE_COLOR=0', false, { ...xterm, FORCE_COLOR: '0' }, true, false],
    ['CLICOLOR_FORCE', false, { TERM: 'dumb', CLICOLOR_FORCE: '1' }, false, true],
    ['CLICOLOR_FORCE=0', false, { CLICOLOR_FORCE: '0' }, false, false],
    ['CLICOLOR=0', false, { ...xterm, CLICOLOR: '0' }, true, false],
  ])('%s', (_, noColorFlag, env, isTty, expected) => {
    expect(wantsColor({ noColorFlag, env, isTty })).toBe(expected)
  })
})

describe('createStyle', () => {
  it('adds nothing without colour', async () => {
    const style = await createStyle({ color: false })
    expect(style).toBe(plainStyle)
    expect(style.bad(style.agentColor(3)('text'))).toBe('text')
  })

  it('colours, whatever the environment of this process says', async () => {
    const style = await createStyle({ color: true })
    expect(style.bad('text')).toBe('\u001b[31mtext\u001b[39m')
    expect(style.ok('text')).toBe('\u001b[32mtext\u001b[39m')
  })

  it('gives neighbours different colours, never the one of failures, and starts over', async () => {
    const style = await createStyle({ color: true })
    const colours = Array.from({ length: 10 }, (_, index) => style.agentColor(index)('x'))
    expect(new Set(colours).size).toBe(10)
    expect(colours).not.toContain(style.bad('x'))
    expect(style.agentColor(10)('x')).toBe(style.agentColor(0)('x'))
  })
})
