import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultBackoff } from '../../../src/model/restart.ts'
import { agentOf, load, loadIn, oneAgent, workspace } from './workspace.ts'

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
      'team.yaml': oneAgent('{runtime: claude, model: opus}'),
      'team.override.yaml': 'projects: {web: {agents: {a: {model: haiku}}}}',
    })
    expect(agentOf(loaded, 'web:a').model).toBe('haiku')
  })

  it('needs projects in one of them only', () => {
    const loaded = load({ 'team.yaml': 'name: x', 'team.override.yaml': oneAgent('{runtime: claude}') })
    expect(loaded.compose.agents).toHaveLength(1)
  })

  it('resolves a runtime that another file defines', () => {
    const loaded = load({
      'team.yaml': oneAgent('{runtime: mine}'),
      'team.override.yaml': 'runtimes: {mine: {extends: gemini}}',
    })
    expect(agentOf(loaded, 'web:a').kind).toBe('gemini')
  })
})
