import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentFile, ProjectFile, TeamFile } from '../../../src/compose/file.ts'
import { mergeTeam } from '../../../src/compose/merge.ts'

type Team = TeamFile<ProjectFile>

const agent = (file: AgentFile): Team => ({ projects: { web: { agents: { lead: file } } } })
const mergedAgent = (a: AgentFile, b: AgentFile) => mergeTeam(agent(a), agent(b)).projects?.web?.agents?.lead

/** Without keys that hold nothing: they mean the same as keys that are not there. */
const compact = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const short = fc.constantFrom('a', 'b', 'c')
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const record = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.dictionary(short, arbitrary, { maxKeys: 3, noNullPrototype: true })
const words = fc.array(short, { maxLength: 3 })
const names = fc.uniqueArray(short)
const env = record(fc.option(short))
const envFiles = fc.uniqueArray(fc.record({ path: short, required: fc.boolean() }), {
  selector: ({ path }) => path,
})
const drain = fc.record(
  { timeout: fc.nat(5), steps: fc.constant([{ kind: 'pause', ms: 1 } as const]) },
  { requiredKeys: [] },
)
const restart = fc.record(
  {
    policy: fc.constantFrom('no' as const, 'always' as const),
    max: fc.option(fc.nat(5)),
    backoff: fc.record({ initial: fc.nat(5), max: fc.nat(5) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const agents: fc.Arbitrary<AgentFile> = fc.record(
  {
    runtime: short,
    restart,
    drain,
    env: fc.option(env),
    env_file: fc.option(envFiles),
    pass_env: fc.option(names),
    args: words,
    command: words,
    cwd: short,
    prompt: short,
    prompt_file: short,
  },
  { requiredKeys: [] },
)
const teams: fc.Arbitrary<Team> = fc.record(
  {
    name: optional(short),
    supervisor: fc.record({ tmux: fc.record({ history_limit: fc.nat(5) }, { requiredKeys: [] }) }),
    drain,
    env: fc.option(env),
    env_file: fc.option(envFiles),
    defaults: fc.option(agents),
    runtimes: record(fc.record({ extends: short, args: words, env }, { requiredKeys: [] })),
    projects: fc.option(
      record(
        fc.record(
          { cwd: short, env, agents: fc.option(record(fc.option(agents))), defaults: agents },
          { requiredKeys: [] },
        ),
      ),
    ),
  },
  { requiredKeys: [] },
)

describe('mergeTeam', () => {
  it('does not depend on how the files are grouped', () => {
    fc.assert(
      fc.property(teams, teams, teams, (a, b, c) => {
        expect(compact(mergeTeam(mergeTeam(a, b), c))).toEqual(compact(mergeTeam(a, mergeTeam(b, c))))
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing when one side is empty', () => {
    fc.assert(
      fc.property(teams, (a) => {
        const merged = compact(mergeTeam({}, a))
        expect(compact(mergeTeam(a, {}))).toEqual(merged)
        expect(compact(mergeTeam(mergeTeam({}, a), {}))).toEqual(merged)
      }),
    )
  })

  it('lets the later file win, key by key', () => {
    fc.assert(
      fc.property(env, env, fc.nat(9), fc.nat(9), (first, second, one, two) => {
        const merged = mergeTeam(
          { env: first, drain: { timeout: one, mode: 'interrupt' } },
          { env: second, drain: { timeout: two } },
        )
        for (const name of new Set([...Object.keys(first), ...Object.keys(second)]))
          expect(merged.env?.[name]).toBe(Object.hasOwn(second, name) ? second[name] : first[name])
        expect(merged.drain).toEqual({ timeout: two, mode: 'interrupt' })
      }),
    )
  })

  it('keeps what only one file has, in the order of the files', () => {
    const merged = mergeTeam(
      { projects: { b: { agents: { x: { runtime: 'claude' } } } } },
      { projects: { a: {}, b: { cwd: '/w', agents: { w: null } } } },
    )
    expect(compact(merged.projects)).toEqual({
      b: { cwd: '/w', agents: { x: { runtime: 'claude' }, w: null } },
      a: {},
    })
    expect(Object.keys(merged.projects ?? {})).toEqual(['b', 'a'])
  })

  it('does not change its arguments', () => {
    fc.assert(
      fc.property(teams, teams, (a, b) => {
        const before = JSON.stringify([a, b])
        mergeTeam(a, b)
        expect(JSON.stringify([a, b])).toBe(before)
      }),
    )
  })

  it.each<[string, AgentFile, AgentFile, AgentFile]>([
    ['a command is replaced whole', { command: ['a', 'b'] }, { command: ['c'] }, { command: ['c'] }],
    ['args are replaced whole', { args: ['a', 'b'] }, { args: [] }, { args: [] }],
    ['empty args change nothing', { args: ['a'] }, { args: null }, { args: ['a'] }],
    [
      'drain steps are replaced whole',
      { drain: { timeout: 1, steps: [{ kind: 'pause', ms: 1 }] } },
      { drain: { steps: [{ kind: 'key', key: 'q' }] } },
      { drain: { timeout: 1, steps: [{ kind: 'key', key: 'q' }] } },
    ],
    ['pass_env appends', { pass_env: ['A', 'B'] }, { pass_env: ['C', 'A'] }, { pass_env: ['A', 'B', 'C'] }],
    [
      'env_file appends; the later word on a file counts',
      {
        env_file: [
          { path: '/a', required: true },
          { path: '/b', required: true },
        ],
      },
      {
        env_file: [
          { path: '/c', required: true },
          { path: '/a', required: false },
        ],
      },
      {
        env_file: [
          { path: '/a', required: false },
          { path: '/b', required: true },
          { path: '/c', required: true },
        ],
      },
    ],
    ['a prompt takes the place of a prompt file', { prompt_file: '/p' }, { prompt: 'x' }, { prompt: 'x' }],
    [
      'a prompt file takes the place of a prompt',
      { prompt: 'x' },
      { prompt_file: '/p' },
      { prompt_file: '/p' },
    ],
    [
      'the short form of restart keeps the backoff',
      { restart: { policy: 'on-failure', max: 3, backoff: { initial: 5 } } },
      { restart: { policy: 'always', max: 10 } },
      { restart: { policy: 'always', max: 10, backoff: { initial: 5 } } },
    ],
    [
      'max: null is a value',
      { restart: { policy: 'always', max: 3 } },
      { restart: { max: null } },
      { restart: { policy: 'always', max: null } },
    ],
    ['null in env is a value', { env: { A: '1' } }, { env: { A: null } }, { env: { A: null } }],
  ])('%s', (_, a, b, expected) => {
    expect(compact(mergedAgent(a, b))).toEqual(expected)
  })
})
