import { describe, expect, it } from 'vitest'
import { renderWrapper } from '../../../src/render/wrapper.ts'

describe('renderWrapper', () => {
  it('uses what the host has', () => {
    const template = 'exec {{SPAWN}} "$@"; date {{DATE}}'
    expect(renderWrapper(template, { gnuEnv: true, gnuDate: true })).toBe(
      'exec /usr/bin/env --default-signal "$@"; date %Y-%m-%dT%H:%M:%S.%3NZ %s%3N',
    )
    expect(renderWrapper(template, { gnuEnv: false, gnuDate: false })).toBe(
      'exec  "$@"; date %Y-%m-%dT%H:%M:%SZ %s000',
    )
  })

  it('refuses a placeholder that it does not know', () => {
    expect(() => renderWrapper('{{DATES}}', { gnuEnv: true, gnuDate: true })).toThrowError(
      'agent-wrapper.sh: unknown {{DATES}}',
    )
  })
})
