import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultBackoff } from '../../../src/model/restart.ts'
import { agentOf, load, loadIn, workspace, write } from './workspace.ts'

const one = (agent: string, top = '') => `${top}\nprojects:\n  web:\n    agents:\n      a: ${agent}\n`
const only = (text: string, env: Record<string, string> = {}) => agentOf(load(text, { env }), 'web:a')

describe('loadCompose', () => {
  it('fills in everything that the smallest file leaves out', () => {
    const { compose, dir } = load('projects: {web: {agents: {lead: {runtime: claude}}}}')
    expect(compose).toEqual({
      name: 'acme',
      file: join(dir, 'team.yaml'),
      files: [join(dir, 'team.yaml')],
      dir,
      supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 10_000 } },
      agents: [
        {
          id: 'web:lead',
          project: 'web',
          agent: 'lead',
          role: null,
          runtime: 'claude',
          kind: 'claude',
          model: null,
          cwd: dir,
          command: null,
          args: [],
          prompt: null,
          env: {},
          resume: true,
          mcp: false,
          allow: null,
          passEnv: [],
          restart: { policy: 'no', max: 10, backoff: defaultBackoff },
          drain: { timeoutMs: 30_000, mode: 'interrupt', steps: null },
        },
      ],
      warnings: [],
      interpolated: [],
      tasks: { maxParallel: null, onEnd: null, onEndTimeoutMs: 60_000 },
    })
  })

  it('takes everything that a file can say', () => {
    const { compose, dir } = load({
      'team.yaml': `
name: \${NAME:-team-1}
supervisor: {type: tmux, tmux: {config: tmux.conf, history_limit: 500}}
drain: 1m
env_file: .env.agents
env: {TOP: top}
pass_env: [TERM_*]
defaults: {runtime: codex, model: gpt, role: worker, restart: on-failure, args: [--fast], drain: {timeout: 10s}}
runtimes:
  reviewer: {extends: claude, model: opus, args: [--permission-mode, plan], env: {R: r}, drain: {steps: [Escape, 500ms, SIGTERM]}}
projects:
  web:
    cwd: ./web
    env: {PORT: "3000"}
    agents:
      lead: {runtime: reviewer, role: manager, prompt_file: roles/lead.md, args: [--verbose], pass_env: GH_TOKEN}
      api: {command: [node, server.js], cwd: /srv, restart: {policy: always, max: null, backoff: {initial: 2s, factor: 1.5, max: 1m, reset_after: 1h}}}
      worker:
x-notes: {anything: [goes]}
`,
      'tmux.conf': '',
      '.env.agents': 'TOKEN=t\nTOP=below\n',
      'roles/lead.md': 'Lead the team.\n',
    })
    expect(compose.name).toBe('team-1')
    expect(compose.supervisor).toEqual({
      type: 'tmux',
      tmux: { config: join(dir, 'tmux.conf'), historyLimit: 500 },
    })
    expect(compose.agents).toEqual([
      {
        id: 'web:lead',
        project: 'web',
        agent: 'lead',
        role: 'manager',
        runtime: 'reviewer',
        kind: 'claude',
        model: 'gpt',
        cwd: join(dir, 'web'),
        command: null,
        args: ['--permission-mode', 'plan', '--verbose'],
        prompt: { text: 'Lead the team.\n', file: join(dir, 'roles/lead.md') },
        env: { TOKEN: 't', TOP: 'top', R: 'r', PORT: '3000' },
        resume: true,
        mcp: false,
        allow: null,
        passEnv: ['TERM_*', 'GH_TOKEN'],
        restart: { policy: 'on-failure', max: 10, backoff: defaultBackoff },
        drain: {
          timeoutMs: 10_000,
          mode: 'interrupt',
          steps: [
            { kind: 'key', key: 'Escape' },
            { kind: 'pause', ms: 500 },
            { kind: 'signal', signal: 'SIGTERM' },
          ],
        },
      },
      {
        id: 'web:api',
        project: 'web',
        agent: 'api',
        role: 'worker',
        runtime: 'command',
        kind: 'command',
        model: null,
        cwd: '/srv',
        command: ['node', 'server.js'],
        args: [],
        prompt: null,
        env: { TOKEN: 't', TOP: 'top', PORT: '3000' },
        resume: true,
        mcp: false,
        allow: null,
        passEnv: ['TERM_*'],
        restart: {
          policy: 'always',
          max: null,
          backoff: { initialMs: 2_000, factor: 1.5, maxMs: 60_000, resetAfterMs: 3_600_000 },
        },
        drain: { timeoutMs: 10_000, mode: 'interrupt', steps: null },
      },
      expect.objectContaining({
        id: 'web:worker',
        runtime: 'codex',
        model: 'gpt',
        args: ['--fast'],
        cwd: join(dir, 'web'),
      }),
    ])
  })

  it.each([
    ['Acme', 'acme'],
    ['My Team (2)', 'myteam2'],
    ['__x-Y_', 'x-y_'],
    ['a'.repeat(80), 'a'.repeat(64)],
  ])('names the team of directory %s %s', (directory, name) => {
    const dir = workspace({ [`${directory}/team.yaml`]: 'projects: {}' })
    expect(loadIn(join(dir, directory)).compose.name).toBe(name)
  })

  it('takes a project without agents, and none at all', () => {
    expect(load('projects: {web: {agents: {}}, docs: , x: {agents: }}').compose.agents).toEqual([])
    expect(load('projects: {}').compose.agents).toEqual([])
  })

  it('reads standard input, with the working directory as its place', () => {
    const dir = workspace({ '.env': 'X=from-dotenv' })
    const loaded = loadIn(dir, {
      files: ['-'],
      readStdin: () => 'projects: {web: {agents: {a: {command: [echo, $X], cwd: sub}}}}',
    })
    expect(loaded.compose).toMatchObject({ name: 'acme', file: join(dir, '-'), files: [join(dir, '-')], dir })
    expect(agentOf(loaded, 'web:a')).toMatchObject({
      command: ['echo', 'from-dotenv'],
      cwd: join(dir, 'sub'),
    })
    expect(loaded.inputs[0]).toEqual({ path: join(dir, '-'), text: expect.stringContaining('projects') })
  })

  it('shows a problem of standard input as such', () => {
    const dir = workspace({})
    expect(() => loadIn(dir, { files: ['-'], readStdin: () => 'nope: 1\nprojects: {}' })).toThrow(
      expect.objectContaining({
        details: [expect.stringContaining('<stdin>:1:1: nope: unknown key "nope"')],
      }),
    )
  })
})

describe('several files', () => {
  it('merges them in order; paths start from the directory of the first', () => {
    const dir = workspace({
      'base.yaml': 'name: base\nprojects: {web: {agents: {a: {runtime: claude, cwd: one, args: [x]}}}}',
      'more/other.yaml': 'projects: {web: {agents: {a: {cwd: two}, b: {runtime: codex}}}}',
    })
    const loaded = loadIn(dir, { files: ['base.yaml', 'more/other.yaml'] })
    expect(loaded.compose).toMatchObject({
      name: 'base',
      file: join(dir, 'base.yaml'),
      files: [join(dir, 'base.yaml'), join(dir, 'more/other.yaml')],
      dir,
    })
    expect(agentOf(loaded, 'web:a')).toMatchObject({ cwd: join(dir, 'two'), args: ['x'] })
    expect(agentOf(loaded, 'web:b')).toMatchObject({ cwd: dir })
  })

  it('takes the override file along', () => {
    const loaded = load({
      'team.yaml': one('{runtime: claude, model: opus}'),
      'team.override.yaml': 'projects: {web: {agents: {a: {model: haiku}}}}',
    })
    expect(agentOf(loaded, 'web:a').model).toBe('haiku')
  })

  it('needs projects in one of them only', () => {
    const loaded = load({ 'team.yaml': 'name: x', 'team.override.yaml': one('{runtime: claude}') })
    expect(loaded.compose.agents).toHaveLength(1)
  })

  it('resolves a runtime that another file defines', () => {
    const loaded = load({
      'team.yaml': one('{runtime: mine}'),
      'team.override.yaml': 'runtimes: {mine: {extends: gemini}}',
    })
    expect(agentOf(loaded, 'web:a').kind).toBe('gemini')
  })
})

describe('interpolation', () => {
  it('replaces in every value, never in keys', () => {
    const agent = only(
      one('{command: ["$A", "${B:-b}"], role: "r-$A", env: {K: "${A}$$A", $A: x}}'.replace('$A: x', 'X: $A')),
      {
        A: 'one',
      },
    )
    expect(agent).toMatchObject({ command: ['one', 'b'], role: 'r-one', env: { K: 'one$A', X: 'one' } })
  })

  it('goes before the YAML text: a value cannot add structure', () => {
    expect(only(one('{command: [echo, $A]}'), { A: 'x, y]\n# {' }).command).toEqual(['echo', 'x, y]\n# {'])
  })

  it('asks the environment first, then .env beside the file', () => {
    const files = { 'team.yaml': one('{command: [$A, $B, "$C"]}'), '.env': 'A=1\nB=2\nC=\n' }
    expect(agentOf(load(files, { env: { A: 'env', B: '' } }), 'web:a').command).toEqual(['env', '', ''])
  })

  it('reads numbers and booleans where they are meant', () => {
    const text = one(
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

  it('warns once of a variable that is not set', () => {
    const { compose } = load(one('{command: [x, $NO, "${NO}"], role: "x$NO2"}', 'x-unused: $NEVER'))
    expect(compose.warnings).toEqual([
      'team.yaml:5:24: projects.web.agents.a.command[1]: the variable NO is not set and reads as an empty text; ${NO:-} says that this is meant',
      'team.yaml:5:45: projects.web.agents.a.role: the variable NO2 is not set and reads as an empty text; ${NO2:-} says that this is meant',
    ])
    expect(agentOf({ compose, inputs: [], variables: [] }, 'web:a').command).toEqual(['x', '', ''])
  })

  it('shows the place of a warning from the directory of the team, wherever it was loaded from', () => {
    const dir = workspace({ 'team.yaml': one('{command: [x, $NO]}'), 'sub/x': '' })
    expect(loadIn(join(dir, 'sub')).compose.warnings).toEqual(loadIn(dir).compose.warnings)
    expect(loadIn(join(dir, 'sub')).compose).toEqual(loadIn(dir).compose)
  })

  it('ignores names that objects happen to have', () => {
    expect(only(one('{command: [x, "${constructor:-none}${__proto__:-none}"]}')).command).toEqual([
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
    const { compose, dir } = load(one(`{runtime: claude, cwd: ${cwd}}`))
    expect(compose.agents[0]?.cwd).toBe(join(dir, expected))
  })

  it.each([
    ['/abs', '/abs'],
    ['"~"', '/home/me'],
    ['~/x', '/home/me/x'],
    ['"$DIR/y"', '/d/y'],
  ])('%s', (cwd, expected) => {
    expect(only(one(`{runtime: claude, cwd: ${cwd}}`), { HOME: '/home/me', DIR: '/d' }).cwd).toBe(expected)
  })

  it('nearest wins: agent, project defaults, project, defaults', () => {
    const text = (agent: string, own: string, project: string) =>
      `defaults: {cwd: /top}\nprojects: {web: {${project} defaults: {${own}}, agents: {a: {runtime: claude${agent}}}}}`
    expect(only(text(', cwd: /a', 'cwd: /d', 'cwd: /p,')).cwd).toBe('/a')
    expect(only(text('', 'cwd: /d', 'cwd: /p,')).cwd).toBe('/d')
    expect(only(text('', '', 'cwd: /p,')).cwd).toBe('/p')
    expect(only(text('', '', '')).cwd).toBe('/top')
  })
})

describe('command, model, args and prompt', () => {
  it('runs a string by the shell', () => {
    expect(only(one('{command: "echo $$HOME | cat"}')).command).toEqual(['/bin/sh', '-c', 'echo $HOME | cat'])
  })

  it('sets the program of another runtime', () => {
    expect(only(one('{runtime: claude, command: [npx, claude], model: opus, args: [-c]}'))).toMatchObject({
      kind: 'claude',
      command: ['npx', 'claude'],
      model: 'opus',
      args: ['-c'],
    })
  })

  it('does not put the defaults of agent CLIs on an agent with a command', () => {
    const top = 'defaults: {runtime: claude, model: opus, args: [--verbose], role: r}'
    expect(only(one('{command: [node, x.js]}', top))).toMatchObject({
      runtime: 'command',
      model: null,
      args: [],
      role: 'r',
    })
    expect(only(one('{command: [node, x.js], args: [--port, "1"]}', top)).args).toEqual(['--port', '1'])
    expect(only(one('{command: [my-claude], runtime: claude}', top))).toMatchObject({
      model: 'opus',
      args: ['--verbose'],
    })
  })

  it('gives default args to a runtime of kind command', () => {
    const top = 'runtimes: {web: {command: [node], args: [-r, x]}}\ndefaults: {runtime: web, args: [y.js]}'
    expect(only(one('{}', top))).toMatchObject({
      runtime: 'web',
      kind: 'command',
      command: ['node'],
      args: ['-r', 'x', 'y.js'],
    })
  })

  it('takes a prompt as it is, from the file or beside it', () => {
    expect(only(one('{runtime: claude, prompt: "  do $$it\\n"}')).prompt).toEqual({
      text: '  do $it\n',
      file: null,
    })
    const text = '\ufeff$HOME stays\r\n'
    const loaded = load({ 'team.yaml': one('{runtime: claude, prompt_file: p.md}'), 'p.md': text })
    expect(agentOf(loaded, 'web:a').prompt).toEqual({
      text: '$HOME stays\r\n',
      file: join(loaded.dir, 'p.md'),
    })
  })

  it('lets a later file replace a prompt by a prompt file', () => {
    const loaded = load({
      'team.yaml': one('{runtime: claude, prompt: x}'),
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
    expect(only(one(`{runtime: claude, restart: ${restart}}`)).restart).toMatchObject(expected)
  })

  it('has no pause that is longer than the longest, the first neither', () => {
    const { backoff } = only(one('{runtime: claude, restart: {backoff: {max: 500ms}}}')).restart
    expect(backoff).toEqual({ ...defaultBackoff, initialMs: 500, maxMs: 500 })
  })

  it('merges a mapping key by key with the defaults; a short form keeps the backoff', () => {
    const top = 'defaults: {restart: {policy: on-failure, max: 2, backoff: {initial: 5s}}}'
    expect(only(one('{runtime: claude, restart: {backoff: {max: 9s}}}', top)).restart).toEqual({
      policy: 'on-failure',
      max: 2,
      backoff: { ...defaultBackoff, initialMs: 5_000, maxMs: 9_000 },
    })
    expect(only(one('{runtime: claude, restart: always}', top)).restart).toEqual({
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
    expect(only(text(', drain: 6s')).drain).toEqual({
      timeoutMs: 6_000,
      mode: 'interrupt',
      steps: [{ kind: 'key', key: 'C-d' }],
    })
    expect(only(text('')).drain.timeoutMs).toBe(5_000)
  })

  it('has each level of drain above the one before', () => {
    const text = (levels: number) =>
      [
        'drain: 1s',
        `runtimes: {r: {extends: claude${levels > 1 ? ', drain: 2s' : ''}}}`,
        levels > 2 ? 'defaults: {drain: 3s}' : '',
        `projects: {web: {${levels > 3 ? 'drain: 4s,' : ''} agents: {a: {runtime: r}}}}`,
      ].join('\n')
    expect([1, 2, 3, 4].map((levels) => only(text(levels)).drain.timeoutMs)).toEqual([1000, 2000, 3000, 4000])
  })
})

describe('YAML', () => {
  it('knows anchors, aliases and merge keys, also from x- keys', () => {
    const agent = only(`
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
        'team.yaml': one(
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
    const dir = workspace({ 'team.yaml': one('{command: [$A]}') })
    expect(loadIn(dir, { env: { A: '1' } })).toEqual(loadIn(dir, { env: { A: '1' } }))
    write(dir, 'team.yaml', one('{command: [$A, b]}'))
    expect(agentOf(loadIn(dir, { env: { A: '1' } }), 'web:a').command).toEqual(['1', 'b'])
  })
})
