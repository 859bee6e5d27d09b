import { describe, expect, it } from 'vitest'
import { parseRestart } from '../../../src/compose/restart-text.ts'

describe('parseRestart', () => {
  it.each([
    ['no', 'no', 10],
    ['always', 'always', 10],
    ['unless-stopped', 'unless-stopped', 10],
    ['on-failure', 'on-failure', 10],
    ['on-failure:5', 'on-failure', 5],
    ['on-failure:0', 'on-failure', 0],
  ])('%s', (text, policy, max) => {
    expect(parseRestart(text)).toEqual({ ok: true, value: { policy, max } })
  })

  it.each([
    ['alwys', 'unknown restart policy "alwys"; did you mean "always"?'],
    ['onfailure', 'unknown restart policy "onfailure"; did you mean "on-failure"?'],
    ['maybe', 'unknown restart policy "maybe"; it can be no, on-failure, always, unless-stopped'],
    ['', 'unknown restart policy ""; it can be no, on-failure, always, unless-stopped'],
    ['always:3', '"always" takes no count; write {policy: always, max: N}'],
    ['on-failure:', '"on-failure:" must be followed by a whole number, such as on-failure:5'],
    ['on-failure:x', '"on-failure:" must be followed by a whole number, such as on-failure:5'],
    ['on-failure:-1', '"on-failure:" must be followed by a whole number, such as on-failure:5'],
    ['on-failure:1:2', '"on-failure:" must be followed by a whole number, such as on-failure:5'],
  ])('%j: %s', (text, message) => {
    expect(parseRestart(text)).toEqual({ ok: false, message })
  })
})
