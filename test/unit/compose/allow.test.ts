import { describe, expect, it } from 'vitest'
import { composeToPlain } from '../../../src/compose/to-plain.ts'
import { TeamError } from '../../../src/errors.ts'
import { loadIn, workspace } from './workspace.ts'

const load = (text: string) => loadIn(workspace({ 'team.yaml': text })).compose

function problems(text: string): readonly string[] {
  try {
    load(text)
    return []
  } catch (error) {
    if (error instanceof TeamError) return error.details
    throw error
  }
}

const team = (allow: string, defaults = '') =>
  `${defaults}\nprojects: {web: {agents: {a: {runtime: claude, allow: ${allow}}, b: {runtime: claude, role: worker}}}, docs: {agents: {b: {command: x}}}}`

describe('allow', () => {
  it('is a list of permissions, each for all or for some; that of an agent replaces that of the defaults', () => {
    const { agents } = load(
      team('[ps, "send:web:b", "task:role=worker", "process:self"]', 'defaults: {allow: [logs]}'),
    )
    expect(agents.map(({ allow }) => allow)).toEqual([
      [
        { permission: 'ps', target: null },
        { permission: 'send', target: 'web:b' },
        { permission: 'task', target: 'role=worker' },
        { permission: 'process', target: 'self' },
      ],
      [{ permission: 'logs', target: null }],
      [{ permission: 'logs', target: null }],
    ])
    expect(load(team('[]')).agents.map(({ allow }) => allow)).toEqual([[], null, null])
  })

  it('is shown as it is written', () => {
    const plain = JSON.stringify(composeToPlain(load(team('[ps, "send:web:b"]')), { reveal: false }))
    expect(plain).toContain('"allow":["ps","send:web:b"]')
  })

  it.each([
    ['[sendd]', 'unknown permission "sendd"; did you mean "send"?'],
    ['["send:"]', '"send:" names nobody; write send, or send:TARGET'],
    ['["send:x:y"]', '"send:x:y": no agent matches "x:y"'],
    ['["send:webx"]', '"send:webx": no agent matches "webx"; did you mean "web"?'],
    ['["send:b"]', '"send:b" is ambiguous: web:b, docs:b'],
    ['["send:role=boss"]', '"send:role=boss": no agent matches "role=boss"'],
    ['send', 'expected a list, got a string'],
  ])('%s is an error', (allow, message) => {
    const found = problems(team(allow))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
    expect(found[0]).toMatch(/^team\.yaml:2:\d+: projects\.web\.agents\.a\.allow/)
  })

  it('of defaults is checked once, where it stands', () => {
    expect(problems(team('[ps]', 'defaults: {allow: ["send:nobody"]}'))).toEqual([
      expect.stringMatching(/^team\.yaml:1:\d+: defaults\.allow\[0\]: "send:nobody": no agent matches/),
    ])
  })

  it('is checked beside problems that have nothing to do with it', () => {
    const found = problems(team('["send:nobody", "send:role=boss"], modle: x', 'zzz: 1'))
    expect(found.map((line) => /: (.*?)(?:;|$)/.exec(line)?.[1])).toEqual([
      'zzz: unknown key "zzz"',
      expect.stringContaining('"send:nobody": no agent matches "nobody"'),
      'projects.web.agents.a.modle: unknown key "modle"',
    ])
  })

  it.each([
    ['agents', 'agnts: {c: {command: x}}, agents: {a: {runtime: claude, allow: ["send:c"]}}', 'agnts'],
    ['an agent', 'agents: {a: {runtime: claude, allow: ["send:c"]}, c: {}}', 'agents.c: needs'],
    ['a runtime', 'agents: {a: {runtime: claude, allow: ["send:c"]}, c: {runtime: x}}', 'unknown runtime'],
  ])('blames nobody for naming what a problem in %s has hidden', (_what, project, message) => {
    expect(problems(`projects: {web: {${project}}}`)).toEqual([expect.stringContaining(message)])
  })
})

describe('mcp', () => {
  const of = (agent: string, defaults = '{mcp: true}') =>
    `defaults: ${defaults}\nprojects: {web: {agents: {a: {${agent}}}}}`

  it('of defaults reaches the CLIs that can have it, and no command', () => {
    expect(load(of('runtime: claude')).agents[0]?.mcp).toBe(true)
    expect(load(of('runtime: claude, mcp: false')).agents[0]?.mcp).toBe(false)
    expect(load(of('command: x')).agents[0]?.mcp).toBe(false)
    expect(load(of('runtime: gemini, mcp: false')).agents[0]?.mcp).toBe(false)
  })

  it.each([
    ['runtime: gemini', 'gemini takes MCP servers from its settings files only'],
    ['runtime: opencode, env: {OPENCODE_CONFIG_CONTENT: "{}"}', 'its env has OPENCODE_CONFIG_CONTENT'],
    ['command: x, mcp: true', 'the runtime command has no MCP servers'],
  ])('%s is refused by name', (agent, message) => {
    const found = problems(of(agent))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })
})
