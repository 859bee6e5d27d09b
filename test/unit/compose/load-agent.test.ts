import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultBackoff } from '../../../src/model/restart.ts'
import { agentOf, load, oneAgent, onlyAgent } from './workspace.ts'

describe('command, model, args and prompt', () => {
  it('runs a string by the shell', () => {
    expect(onlyAgent(oneAgent('{command: "echo $$HOME | cat"}')).command).toEqual([
      '/bin/sh',
      '-c',
      'echo $HOME | cat',
    ])
  })

  it('sets the program of another runtime', () => {
    expect(
      onlyAgent(oneAgent('{runtime: claude, command: [npx, claude], model: opus, args: [-c]}')),
    ).toMatchObject({
      kind: 'claude',
      command: ['npx', 'claude'],
      model: 'opus',
      args: ['-c'],
    })
  })

  it('does not put the defaults of agent CLIs on an agent with a command', () => {
    const top = 'defaults: {runtime: claude, model: opus, args: [--verbose], role: r}'
    expect(onlyAgent(oneAgent('{command: [node, x.js]}', top))).toMatchObject({
      runtime: 'command',
      model: null,
      args: [],
      role: 'r',
    })
    expect(onlyAgent(oneAgent('{command: [node, x.js], args: [--port, "1"]}', top)).args).toEqual([
      '--port',
      '1',
    ])
    expect(onlyAgent(oneAgent('{command: [my-claude], runtime: claude}', top))).toMatchObject({
      model: 'opus',
      args: ['--verbose'],
    })
  })

  it('gives default args to a runtime of kind command', () => {
    const top = 'runtimes: {web: {command: [node], args: [-r, x]}}\ndefaults: {runtime: web, args: [y.js]}'
    expect(onlyAgent(oneAgent('{}', top))).toMatchObject({
      runtime: 'web',
      kind: 'command',
      command: ['node'],
      args: ['-r', 'x', 'y.js'],
    })
  })

  it('takes a prompt as it is, from the file or beside it', () => {
    expect(onlyAgent(oneAgent('{runtime: claude, prompt: "  do $$it\\n"}')).prompt).toEqual({
      text: '  do $it\n',
      file: null,
    })
    const text = '\ufeff$HOME stays\r\n'
    const loaded = load({ 'team.yaml': oneAgent('{runtime: claude, prompt_file: p.md}'), 'p.md': text })
    expect(agentOf(loaded, 'web:a').prompt).toEqual({
      text: '$HOME stays\r\n',
      file: join(loaded.dir, 'p.md'),
    })
  })

  it('lets a later file replace a prompt by a prompt file', () => {
    const loaded = load({
      'team.yaml': oneAgent('{runtime: claude, prompt: x}'),
      'team.override.yaml': 'projects: {web: {agents: {a: {prompt_file: p.md}}}}',
      'p.md': 'y',
    })
    expect(agentOf(loaded, 'web:a').prompt?.text).toBe('y')
  })
})

describe('restart and drain', () => {
  it.each([
    ['no', { policy: 'no', max: 10 }],
    ['false', { policy: 'no', max: 10 }],
    ['always', { policy: 'always', max: 10 }],
    ['unless-stopped', { policy: 'unless-stopped', max: 10 }],
    ['on-failure:3', { policy: 'on-failure', max: 3 }],
    ['{policy: always, max: 0}', { policy: 'always', max: 0 }],
    ['{policy: false}', { policy: 'no', max: 10 }],
    ['{max: null}', { policy: 'no', max: null }],
    ['{policy: always, max: unlimited}', { policy: 'always', max: null }],
  ])('restart: %s', (restart, expected) => {
    expect(onlyAgent(oneAgent(`{runtime: claude, restart: ${restart}}`)).restart).toMatchObject(expected)
  })

  it('has no pause that is longer than the longest, the first neither', () => {
    const { backoff } = onlyAgent(oneAgent('{runtime: claude, restart: {backoff: {max: 500ms}}}')).restart
    expect(backoff).toEqual({ ...defaultBackoff, initialMs: 500, maxMs: 500 })
  })

  it('merges a mapping key by key with the defaults; a short form keeps the backoff', () => {
    const top = 'defaults: {restart: {policy: on-failure, max: 2, backoff: {initial: 5s}}}'
    expect(onlyAgent(oneAgent('{runtime: claude, restart: {backoff: {max: 9s}}}', top)).restart).toEqual({
      policy: 'on-failure',
      max: 2,
      backoff: { ...defaultBackoff, initialMs: 5_000, maxMs: 9_000 },
    })
    expect(onlyAgent(oneAgent('{runtime: claude, restart: always}', top)).restart).toEqual({
      policy: 'always',
      max: 10,
      backoff: { ...defaultBackoff, initialMs: 5_000 },
    })
  })

  it('sets only the timeout by a plain duration, wherever it stands', () => {
    const text = (agent: string) => `
drain: {timeout: 1s, steps: [q], mode: interrupt}
runtimes: {r: {extends: claude, drain: {timeout: 2s}}}
defaults: {drain: 3s}
projects: {web: {drain: {timeout: 4s, steps: C-d}, defaults: {drain: 5s}, agents: {a: {runtime: r${agent}}}}}`
    expect(onlyAgent(text(', drain: 6s')).drain).toEqual({
      timeoutMs: 6_000,
      mode: 'interrupt',
      steps: [{ kind: 'key', key: 'C-d' }],
    })
    expect(onlyAgent(text('')).drain.timeoutMs).toBe(5_000)
  })

  it('has each level of drain above the one before', () => {
    const text = (levels: number) =>
      [
        'drain: 1s',
        `runtimes: {r: {extends: claude${levels > 1 ? ', drain: 2s' : ''}}}`,
        levels > 2 ? 'defaults: {drain: 3s}' : '',
        `projects: {web: {${levels > 3 ? 'drain: 4s,' : ''} agents: {a: {runtime: r}}}}`,
      ].join('\n')
    expect([1, 2, 3, 4].map((levels) => onlyAgent(text(levels)).drain.timeoutMs)).toEqual([
      1000, 2000, 3000, 4000,
    ])
  })
})
