import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { agentOf, load, loadIn, oneAgent, onlyAgent, workspace, write } from './workspace.ts'

describe('interpolation', () => {
  it('replaces in every value, never in keys', () => {
    const agent = onlyAgent(
      oneAgent(
        '{command: ["$A", "${B:-b}"], role: "r-$A", env: {K: "${A}$$A", $A: x}}'.replace('$A: x', 'X: $A'),
      ),
      {
        A: 'one',
      },
    )
    expect(agent).toMatchObject({ command: ['one', 'b'], role: 'r-one', env: { K: 'one$A', X: 'one' } })
  })

  it('goes before the YAML text: a value cannot add structure', () => {
    expect(onlyAgent(oneAgent('{command: [echo, $A]}'), { A: 'x, y]\n# {' }).command).toEqual([
      'echo',
      'x, y]\n# {',
    ])
  })

  it('asks the environment first, then .env beside the file', () => {
    const files = { 'team.yaml': oneAgent('{command: [$A, $B, "$C"]}'), '.env': 'A=1\nB=2\nC=\n' }
    expect(agentOf(load(files, { env: { A: 'env', B: '' } }), 'web:a').command).toEqual(['env', '', ''])
  })

  it('reads numbers and booleans where they are meant', () => {
    const text = oneAgent(
      '{runtime: claude, restart: {policy: always, max: $N, backoff: {factor: "${F}"}}, env_file: {path: no, required: $R}, env: {N: $N}}',
      'supervisor: {tmux: {history_limit: $N}}',
    )
    const loaded = load(text, { env: { N: '007', F: '1.5', R: 'false' } })
    expect(loaded.compose.supervisor.tmux.historyLimit).toBe(7)
    expect(agentOf(loaded, 'web:a')).toMatchObject({
      restart: { max: 7, backoff: { factor: 1.5 } },
      env: { N: '007' },
    })
  })

  it('reads switches of an agent where they are meant', () => {
    const text = oneAgent('{runtime: claude, resume: "${R}", mcp: "${M:-true}"}')
    expect(onlyAgent(text, { R: 'false' })).toMatchObject({ resume: false, mcp: true })
  })

  it('warns once of a variable that is not set', () => {
    const { compose } = load(oneAgent('{command: [x, $NO, "${NO}"], role: "x$NO2"}', 'x-unused: $NEVER'))
    expect(compose.warnings).toEqual([
      'team.yaml:5:24: projects.web.agents.a.command[1]: the variable NO is not set and reads as an empty text; ${NO:-} says that this is meant',
      'team.yaml:5:45: projects.web.agents.a.role: the variable NO2 is not set and reads as an empty text; ${NO2:-} says that this is meant',
    ])
    expect(agentOf({ compose, inputs: [], variables: [] }, 'web:a').command).toEqual(['x', '', ''])
  })

  it('shows the place of a warning from the directory of the team, wherever it was loaded from', () => {
    const dir = workspace({ 'team.yaml': oneAgent('{command: [x, $NO]}'), 'sub/x': '' })
    expect(loadIn(join(dir, 'sub')).compose.warnings).toEqual(loadIn(dir).compose.warnings)
    expect(loadIn(join(dir, 'sub')).compose).toEqual(loadIn(dir).compose)
  })

  it('ignores names that objects happen to have', () => {
    expect(onlyAgent(oneAgent('{command: [x, "${constructor:-none}${__proto__:-none}"]}')).command).toEqual([
      'x',
      'nonenone',
    ])
  })
})

describe('paths', () => {
  it.each([
    ['sub', 'sub'],
    ['./sub/../x', 'x'],
    ['..', '..'],
  ])('%s starts from the directory of the file', (cwd, expected) => {
    const { compose, dir } = load(oneAgent(`{runtime: claude, cwd: ${cwd}}`))
    expect(compose.agents[0]?.cwd).toBe(join(dir, expected))
  })

  it.each([
    ['/abs', '/abs'],
    ['"~"', '/home/me'],
    ['~/x', '/home/me/x'],
    ['"$DIR/y"', '/d/y'],
  ])('%s', (cwd, expected) => {
    expect(onlyAgent(oneAgent(`{runtime: claude, cwd: ${cwd}}`), { HOME: '/home/me', DIR: '/d' }).cwd).toBe(
      expected,
    )
  })

  it('nearest wins: agent, project defaults, project, defaults', () => {
    const text = (agent: string, own: string, project: string) =>
      `defaults: {cwd: /top}\nprojects: {web: {${project} defaults: {${own}}, agents: {a: {runtime: claude${agent}}}}}`
    expect(onlyAgent(text(', cwd: /a', 'cwd: /d', 'cwd: /p,')).cwd).toBe('/a')
    expect(onlyAgent(text('', 'cwd: /d', 'cwd: /p,')).cwd).toBe('/d')
    expect(onlyAgent(text('', '', 'cwd: /p,')).cwd).toBe('/p')
    expect(onlyAgent(text('', '', '')).cwd).toBe('/top')
  })
})

describe('YAML', () => {
  it('knows anchors, aliases and merge keys, also from x- keys', () => {
    const agent = onlyAgent(`
x-base: &base {runtime: claude, env: &env {A: "1"}, x-note: free}
projects:
  web:
    x-any: [thing]
    agents:
      a:
        <<: *base
        env: {<<: *env, B: "2"}
        restart: {policy: always, x-why: because, backoff: {x-y: 1}}
`)
    expect(agent).toMatchObject({ runtime: 'claude', env: { A: '1', B: '2' }, restart: { policy: 'always' } })
  })

  it('takes an agent whose name begins with x-', () => {
    expect(load('projects: {x-p: {agents: {x-a: {runtime: claude}}}}').compose.agents[0]?.id).toBe('x-p:x-a')
  })

  it('reads a file with a byte order mark and Windows line ends', () => {
    expect(
      load('\ufeffname: x\r\nprojects:\r\n  web:\r\n    agents:\r\n      a: {runtime: claude}\r\n').compose
        .name,
    ).toBe('x')
  })
})

describe('what a result depends on', () => {
  it('lists every file that was looked at', () => {
    const { inputs, dir } = load({
      'team.yaml': `supervisor: {tmux: {config: t.conf}}\nenv_file: [{path: no.env, required: false}, a.env]\nprojects: {web: {agents: {a: {runtime: claude, prompt_file: p.md}}}, docs: sub/p.yaml}`,
      'a.env': 'A=1',
      'p.md': 'prompt',
      't.conf': 'set',
      'sub/p.yaml': 'agents: {}',
    })
    const seen = Object.fromEntries(inputs.map(({ path, text }) => [path.slice(dir.length + 1), text]))
    expect(seen).toEqual({
      'team.yaml': expect.stringContaining('supervisor'),
      'team.override.yaml': null,
      'team.override.yml': null,
      '.env': null,
      'sub/.env': null,
      'no.env': null,
      'a.env': 'A=1',
      'p.md': 'prompt',
      't.conf': 'set',
      'sub/p.yaml': 'agents: {}',
    })
  })

  it('lists every variable that was asked for, with what the environment had', () => {
    const { variables } = load(
      {
        'team.yaml': oneAgent(
          '{command: [$A, "${B:-x}", "${C:+y}"], cwd: ~/x, env: {D: , E: "1"}, env_file: e.env}',
        ),
        '.env': 'B=2\nUNUSED=1\n',
        'e.env': 'F\nG=1\n',
      },
      { env: { A: '1', D: 'd', HOME: '/h', OTHER: 'x' } },
    )
    expect(Object.fromEntries(variables.map(({ name, value }) => [name, value]))).toEqual({
      A: '1',
      B: null,
      C: null,
      HOME: '/h',
      D: 'd',
      F: null,
    })
  })

  it('is the same again from the same files and variables', () => {
    const dir = workspace({ 'team.yaml': oneAgent('{command: [$A]}') })
    expect(loadIn(dir, { env: { A: '1' } })).toEqual(loadIn(dir, { env: { A: '1' } }))
    write(dir, 'team.yaml', oneAgent('{command: [$A, b]}'))
    expect(agentOf(loadIn(dir, { env: { A: '1' } }), 'web:a').command).toEqual(['1', 'b'])
  })
})
