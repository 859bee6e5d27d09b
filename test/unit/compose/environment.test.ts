import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { envNameProblem } from '../../../src/model/env-name.ts'
import { agentOf, load, problems } from './workspace.ts'

const envOf = (files: Parameters<typeof load>[0], env: Record<string, string> = {}) =>
  agentOf(load(files, { env }), 'web:a').env
const one = (agent: string, top = '') => `${top}\nprojects: {web: {agents: {a: {runtime: claude, ${agent}}}}}`

describe('the environment of an agent', () => {
  it('has each level above the one before', () => {
    const levels = [
      'top-file',
      'top',
      'runtime',
      'defaults-file',
      'defaults',
      'project-file',
      'project',
      'own-file',
      'own',
      'agent-file',
      'agent',
    ]
    // Level n sets V0 .. Vn, so that Vn tells who wins from n on.
    const vars = (level: number, write: (name: string, value: string) => string) =>
      Array.from({ length: levels.length - level }, (_, index) =>
        write(`V${level + index}`, levels[level] ?? ''),
      )
    const map = (level: number) => `{${vars(level, (name, value) => `${name}: ${value}`).join(', ')}}`
    const file = (level: number) => vars(level, (name, value) => `${name}=${value}`).join('\n')
    const env = envOf({
      'team.yaml': `
env_file: 0.env
env: ${map(1)}
runtimes: {r: {extends: claude, env: ${map(2)}}}
defaults: {env_file: 3.env, env: ${map(4)}}
projects:
  web:
    env_file: 5.env
    env: ${map(6)}
    defaults: {env_file: 7.env, env: ${map(8)}}
    agents: {a: {runtime: r, env_file: 9.env, env: ${map(10)}}}`,
      '0.env': file(0),
      '3.env': file(3),
      '5.env': file(5),
      '7.env': file(7),
      '9.env': file(9),
    })
    expect(env).toEqual(Object.fromEntries(levels.map((level, index) => [`V${index}`, level])))
  })

  it('keeps scalars as they are written', () => {
    expect(
      envOf(one('env: {A: 1.10, B: 0x1F, C: true, D: "", E: 1e3, F: no, G: 12345678901234567890}')),
    ).toEqual({
      A: '1.10',
      B: '0x1F',
      C: 'true',
      D: '',
      E: '1e3',
      F: 'no',
      G: '12345678901234567890',
    })
  })

  it('takes a list', () => {
    expect(envOf(one('env: [A=1, "B=x=y z", C=, D]'), { D: 'd' })).toEqual({
      A: '1',
      B: 'x=y z',
      C: '',
      D: 'd',
    })
  })

  it('takes a variable without a value from the environment, then from .env, else leaves it out', () => {
    const files = {
      'team.yaml': one('env_file: e.env, env: {A: , B: null, C: ~, D: }', 'env: {C: below, E: below}'),
      'e.env': 'E\nF\nexport G\n',
      '.env': 'B=dotenv\nA=dotenv\n',
    }
    expect(envOf(files, { A: 'env', F: 'f' })).toEqual({ A: 'env', B: 'dotenv', F: 'f' })
  })

  it('reads a file that may be missing, a list of files, and the later one wins', () => {
    const files = {
      'team.yaml': one('env_file: [one.env, {path: no.env, required: false}, {path: two.env}]'),
      'one.env': 'A=1\nB=1',
      'two.env': 'B=2\nC=2',
    }
    expect(envOf(files)).toEqual({ A: '1', B: '2', C: '2' })
  })

  it('takes no $ in an env file for a variable', () => {
    expect(envOf({ 'team.yaml': one('env_file: e.env'), 'e.env': 'A=$HOME\nB="${X:-y}"\n' })).toEqual({
      A: '$HOME',
      B: '${X:-y}',
    })
  })

  it('checks the names in an env file, but not those in .env', () => {
    const files = {
      'team.yaml': one('env_file: e.env'),
      'e.env': 'OK=1\na.b=1\nTMUX_PANE=1\n',
      '.env': 'a.b-c=1\nTMUX=1\n',
    }
    expect(problems(files)).toEqual([
      'e.env:2:1: the name of a variable has only letters, digits and _, and does not begin with a digit',
      'e.env:3:1: TMUX_PANE is set by team and cannot be set here',
    ])
  })

  it.each([
    'TEAM_NAME',
    'TEAM_PROJECT',
    'TEAM_AGENT',
    'TEAM_FILE',
    'TEAM_STATE_DIR',
    'TEAM_UNIT',
    'TMUX',
    'TMUX_PANE',
  ])('does not let a file set %s', (name) => {
    expect(problems(one(`env: {${name}: x}`))).toEqual([
      expect.stringContaining(`${name} is set by team and cannot be set here`),
    ])
  })

  it('joins pass_env of all levels', () => {
    const text = `pass_env: A\ndefaults: {pass_env: [B]}\nprojects: {web: {pass_env: "C_*", defaults: {pass_env: D}, agents: {a: {runtime: claude, pass_env: [E, A]}}}}`
    expect(agentOf(load(text), 'web:a').passEnv).toEqual(['A', 'B', 'C_*', 'D', 'E'])
  })

  it('brings every value to the agent as it is', () => {
    const value = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
    const name = fc
      .stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/)
      .filter((text) => !/^(TMUX|TEAM_)/.test(text) && envNameProblem(text) === null)
    const variables = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true })
    fc.assert(
      fc.property(variables, (env) => {
        const escaped = Object.fromEntries(
          Object.entries(env).map(([key, text]) => [key, text.replaceAll('$', '$$$$')]),
        )
        const file = { projects: { web: { agents: { a: { runtime: 'claude', env: escaped } } } } }
        expect(envOf(JSON.stringify(file))).toEqual(env)
      }),
      { numRuns: 60 },
    )
  })

  it('brings 100 kB and every byte of a line', () => {
    const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('')
    const long = 'ü'.repeat(50_000)
    expect(envOf(one(`env: {A: ${JSON.stringify(bytes.replace('$', '$$$$'))}, B: ${long}}`))).toEqual({
      A: bytes,
      B: long,
    })
  })
})
