import { describe, expect, it } from 'vitest'
import { formatMemory, parseMemory } from '../../../src/compose/memory.ts'
import { composeToPlain } from '../../../src/compose/to-plain.ts'
import { agentOf, failureOf, load } from './workspace.ts'

const M = 1024 * 1024
const file = (limits: string, top = 'supervisor: systemd', defaults = '') =>
  `${top}\n${defaults}\nprojects: {web: {agents: {a: {command: x, limits: ${limits}}}}}\n`
const problemsOf = (text: string) => failureOf(() => load(text)).details

describe('limits', () => {
  it('are taken from the defaults, key by key', () => {
    const defaults = 'defaults: {limits: {memory: 1G, tasks: 100}}'
    const loaded = load(file('{cpu: 1.5, memory: 512M}', 'supervisor: systemd', defaults))
    expect(agentOf(loaded, 'web:a').limits).toEqual({ memory: 512 * M, cpu: 1.5, tasks: 100 })
    expect(composeToPlain(loaded.compose, { reveal: false })).toMatchObject({
      projects: { web: { agents: { a: { limits: { memory: '512M', cpu: 1.5, tasks: 100 } } } } },
    })
  })

  it('may come from variables', () => {
    const loaded = load(file('{cpu: "${CPU:-0.5}", memory: "${MEM:-2g}", tasks: "${TASKS:-64}"}'))
    expect(agentOf(loaded, 'web:a').limits).toEqual({ memory: 2048 * M, cpu: 0.5, tasks: 64 })
  })

  it.each([
    ['{memory: 1M}', 'memory: "1M" is too little; at least 16M'],
    ['{memory: lots}', 'memory: bad amount of memory "lots"; write a number and a unit: 512M, 2G'],
    ['{memory: -1}', 'memory: bad amount of memory "-1"; write a number and a unit: 512M, 2G'],
    ['{cpu: 0}', 'cpu: must be at least 0.01'],
    ['{cpu: 0.125}', 'cpu: can have two decimals at most'],
    ['{cpu: all}', 'cpu: expected a number, got a string'],
    ['{tasks: 3}', 'tasks: must be at least 16'],
    ['{tasks: 20.5}', 'tasks: expected a whole number, got a fraction'],
    ['{swap: 1G}', 'swap: unknown key "swap"; there are memory, cpu, tasks'],
  ])('%s is refused', (limits, expected) => {
    expect(problemsOf(file(limits))).toEqual([
      expect.stringContaining(`projects.web.agents.a.limits.${expected}`),
    ])
  })

  it.each([
    ['tmux', 'tmux limits nothing; write `supervisor: systemd`'],
    ['launchd', 'launchd has no limit for all processes of a job'],
  ])('are refused by name under %s, wherever they stand', (type, why) => {
    const text = `
supervisor: ${type}
defaults: {limits: {cpu: 1}}
projects:
  web:
    defaults: {limits: {memory: 1G}}
    agents: {a: {command: x, limits: {tasks: 20}}}
`
    expect(problemsOf(text)).toEqual([
      `team.yaml:3:21: defaults.limits.cpu: ${why}`,
      `team.yaml:6:25: projects.web.defaults.limits.memory: ${why}`,
      `team.yaml:7:39: projects.web.agents.a.limits.tasks: ${why}`,
    ])
  })
})

describe('an amount of memory', () => {
  it.each([
    ['16777216', 16 * M],
    ['16384k', 16 * M],
    ['512M', 512 * M],
    ['512 MiB', 512 * M],
    ['1.5g', 1536 * M],
    ['2GB', 2048 * M],
  ])('%s', (text, bytes) => {
    expect(parseMemory(text)).toEqual({ ok: true, value: bytes })
    expect(parseMemory(formatMemory(bytes))).toEqual({ ok: true, value: bytes })
  })
})
