import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderWrapper } from '../../../src/render/wrapper.ts'
import { hasProgram } from '../../support/programs.ts'
import { fixtures, templates } from './harness.ts'

const installed = hasProgram('shellcheck', 'the shell files are')

const template = readFileSync(join(templates, 'agent-wrapper.sh'), 'utf8')
const scripts: Record<string, string> = {
  'agent-wrapper.sh': renderWrapper(template, { gnuEnv: true, gnuDate: true }),
  'agent-wrapper.sh without GNU': renderWrapper(template, { gnuEnv: false, gnuDate: false }),
  'agent-logger.sh': readFileSync(join(templates, 'agent-logger.sh'), 'utf8'),
  'agent-runner.sh': readFileSync(join(templates, 'agent-runner.sh'), 'utf8'),
  'tiny-agent.sh': readFileSync(join(fixtures, 'tiny-agent.sh'), 'utf8'),
}

describe.each(Object.entries(scripts))('%s', (_, script) => {
  it.runIf(installed)('passes shellcheck', () => {
    const { stdout, status } = spawnSync('shellcheck', ['--shell=sh', '-'], {
      input: script,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it('is under 150 lines', () => {
    expect(script.trimEnd().split('\n').length).toBeLessThan(150)
  })
})
