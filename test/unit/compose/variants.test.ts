import { describe, expect, it } from 'vitest'
import { agentOf, load, problems } from './workspace.ts'

const withRuntimes = (runtimes: string, agent: string) =>
  `runtimes: ${runtimes}\nprojects: {web: {agents: {a: ${agent}}}}`

describe('runtimes', () => {
  it('adds up what a chain of variants says', () => {
    const runtimes = `
  base: {extends: claude, model: opus, args: [-a], env: {X: base, Y: base}, command: [npx, claude]}
  plan: {extends: base, args: [-b], env: {Y: plan}, drain: {steps: [q]}}
  quick: {extends: plan, model: haiku, args: [-c], drain: 5s}`
    expect(agentOf(load(withRuntimes(runtimes, '{runtime: quick, args: [-d]}')), 'web:a')).toMatchObject({
      runtime: 'quick',
      kind: 'claude',
      model: 'haiku',
      command: ['npx', 'claude'],
      args: ['-a', '-b', '-c', '-d'],
      env: { X: 'base', Y: 'plan' },
      drain: { timeoutMs: 5_000, steps: [{ kind: 'key', key: 'q' }] },
    })
  })

  it('does not care in which order they stand', () => {
    const runtimes = '{one: {extends: two}, two: {extends: codex, model: m}}'
    expect(agentOf(load(withRuntimes(runtimes, '{runtime: one}')), 'web:a')).toMatchObject({
      kind: 'codex',
      model: 'm',
    })
  })

  it('makes a new runtime of a command', () => {
    const loaded = load(withRuntimes('{node: {command: [node, --inspect]}}', '{runtime: node, args: [x.js]}'))
    expect(agentOf(loaded, 'web:a')).toMatchObject({
      runtime: 'node',
      kind: 'command',
      command: ['node', '--inspect'],
      args: ['x.js'],
      model: null,
    })
  })

  it('lets defaults, project and agent override the model', () => {
    const text = (agent: string, top: string) =>
      `${top}\n${withRuntimes('{r: {extends: claude, model: variant}}', `{runtime: r${agent}}`)}`
    expect(agentOf(load(text('', '')), 'web:a').model).toBe('variant')
    expect(agentOf(load(text('', 'defaults: {model: default}')), 'web:a').model).toBe('default')
    expect(agentOf(load(text(', model: own', 'defaults: {model: default}')), 'web:a').model).toBe('own')
  })

  it('tells a circle once, whoever uses it', () => {
    const runtimes = '{a: {extends: b}, b: {extends: c}, c: {extends: a}, d: {extends: a}}'
    expect(problems(withRuntimes(runtimes, '{runtime: d}'))).toEqual([
      'team.yaml:1:59: runtimes.c.extends: extends itself: a -> b -> c -> a',
    ])
  })

  it('does not blame the agents of a runtime that is no good', () => {
    expect(problems(withRuntimes('{r: 5}', '{runtime: r}'))).toEqual([
      'team.yaml:1:15: runtimes.r: expected a mapping, got a number',
    ])
    expect(problems(withRuntimes('{r: {extends: nope}}', '{runtime: r}'))).toEqual([
      'team.yaml:1:25: runtimes.r.extends: unknown runtime "nope"; it can be claude, codex, gemini, opencode, command, r',
    ])
  })

  it('offers the names that the file defines', () => {
    expect(problems(withRuntimes('{reviewer: {extends: claude}}', '{runtime: reviwer}'))).toEqual([
      'team.yaml:2:40: projects.web.agents.a.runtime: unknown runtime "reviwer"; did you mean "reviewer"?',
    ])
  })
})
