import { describe, expect, it } from 'vitest'
import { TeamError } from '../../../src/errors.ts'
import { errorJson, errorText } from '../../../src/view/errors.ts'
import { createStyle, plainStyle } from '../../../src/view/style.ts'

const plain = { style: plainStyle, debug: false }

const invalid = new TeamError('compose-invalid', 'team.yaml has 2 problems', {
  details: ['team.yaml:3:5 projects.web.agent: unknown key, did you mean agents?', 'team.yaml:9:1 x: bad'],
  hint: 'see team schema\nand docs/compose.md',
  cause: new RangeError('below', { cause: 'the bottom' }),
})

describe('errorText', () => {
  it('says what happened, where, and what to try', () => {
    expect(errorText(invalid, plain)).toBe(`team: team.yaml has 2 problems
  team.yaml:3:5 projects.web.agent: unknown key, did you mean agents?
  team.yaml:9:1 x: bad
hint: see team schema
      and docs/compose.md`)
  })

  it('is one line where there is no more to say', () => {
    expect(errorText(new TeamError('interrupted', 'interrupted'), plain)).toBe('team: interrupted')
  })

  it('indents further lines of a message', () => {
    expect(errorText(new TeamError('agent-exited', 'web:a ended\n> boom\r\n> bang'), plain)).toBe(
      'team: web:a ended\n  > boom\n  > bang',
    )
  })

  it.each([
    [new TypeError('x is not a function'), 'x is not a function'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('takes %s for a bug, without a stack trace', (error, message) => {
    expect(errorText(error, plain)).toBe(
      `team: internal error: ${message}\nhint: this is a bug in team: run the same command with --debug and report what it prints`,
    )
  })

  it('shows stacks and causes with debug only', () => {
    const text = errorText(invalid, { ...plain, debug: true })
    expect(text).toContain('errors.test.ts')
    expect(text).toMatch(/\n {2}caused by: RangeError: below/)
    expect(text).toMatch(/\n {2}caused by: the bottom$/)
    expect(errorText(invalid, plain)).not.toContain('errors.test.ts')
  })

  it('survives a cause that leads back', () => {
    const error = new Error('round')
    error.cause = error
    expect(errorText(error, { ...plain, debug: true })).toContain('round')
  })

  it('shows foreign text safely', () => {
    const text = errorText(
      new TeamError('usage', 'no \u001b[2J', { hint: '\u0007', details: ['\u009b'] }),
      plain,
    )
    expect(text).toBe('team: no \\x1b[2J\n  \\x9b\nhint: \\x07')
  })

  it('colours the words that say what a line is', async () => {
    const style = await createStyle({ color: true })
    const text = errorText(new TeamError('usage', 'what', { hint: 'how' }), { style, debug: false })
    expect(text).toBe(`${style.bad('team:')} what\n${style.bold('hint:')} how`)
  })
})

describe('errorJson', () => {
  it('carries the code for programs', () => {
    expect(errorJson(invalid)).toEqual({
      error: {
        code: 'compose-invalid',
        message: 'team.yaml has 2 problems',
        hint: 'see team schema\nand docs/compose.md',
        details: invalid.details,
      },
    })
    expect(errorJson(new Error('x')).error.code).toBe('internal')
  })
})
