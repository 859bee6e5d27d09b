import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { agentOf, load, problems } from './workspace.ts'

describe("a project's own file", () => {
  it('starts relative paths from its own directory', () => {
    const loaded = load({
      'team.yaml': 'projects: {docs: ./docs/team.project.yaml}',
      'docs/team.project.yaml':
        'agents: {w: {runtime: claude, prompt_file: w.md, env_file: w.env}, v: {runtime: claude, cwd: ../v}}',
      'docs/w.md': 'write',
      'docs/w.env': 'A=1',
    })
    expect(agentOf(loaded, 'docs:w')).toMatchObject({
      cwd: join(loaded.dir, 'docs'),
      prompt: { text: 'write', file: join(loaded.dir, 'docs/w.md') },
      env: { A: '1' },
    })
    expect(agentOf(loaded, 'docs:v').cwd).toBe(join(loaded.dir, 'v'))
    expect(loaded.compose.files).toEqual([join(loaded.dir, 'team.yaml')])
  })

  it('has the runtimes, defaults and variables of the team', () => {
    const loaded = load({
      'team.yaml':
        'env: {A: top}\nruntimes: {r: {extends: gemini}}\ndefaults: {runtime: r}\nprojects: {docs: docs/p.yaml}',
      'docs/p.yaml': 'cwd: work\nenv: {B: "$X$Y$Z"}\nagents: {w: }',
      '.env': 'X=1\nY=team\n',
      'docs/.env': 'Y=project\nZ=3\n',
    })
    expect(agentOf(loaded, 'docs:w')).toMatchObject({
      kind: 'gemini',
      cwd: join(loaded.dir, 'docs/work'),
      env: { A: 'top', B: '1team3' },
    })
  })

  it('can be overridden by a later file', () => {
    const loaded = load({
      'team.yaml': 'projects: {docs: docs/p.yaml}',
      'docs/p.yaml': 'agents: {w: {runtime: claude, model: opus}}',
      'team.override.yaml': 'projects: {docs: {agents: {w: {model: haiku}}}}',
    })
    expect(agentOf(loaded, 'docs:w')).toMatchObject({ model: 'haiku', cwd: join(loaded.dir, 'docs') })
  })

  it('may be named with variables', () => {
    const files = {
      'team.yaml': 'projects: {docs: "$D/p.yaml"}',
      'docs/p.yaml': 'agents: {w: {runtime: claude}}',
    }
    expect(load(files, { env: { D: 'docs' } }).compose.agents).toHaveLength(1)
  })

  it.each([
    ['', 'docs/p.yaml:1:1: projects.docs: the file is empty; a project needs "agents:"'],
    [
      'projects: {}',
      'docs/p.yaml:1:1: projects.docs.projects: unknown key "projects"; there are cwd, env, env_file, pass_env, drain, defaults, agents',
    ],
    ['[a]', 'docs/p.yaml:1:1: projects.docs: expected a mapping, got a list'],
    ['other.yaml', 'docs/p.yaml:1:1: projects.docs: expected a mapping, got a string'],
    [
      'agents:\n  w: {rol: x, runtime: claude}',
      'docs/p.yaml:2:7: projects.docs.agents.w.rol: unknown key "rol"; did you mean "role"?',
    ],
    [
      'agents:\n  W: {runtime: claude}',
      'docs/p.yaml:2:3: projects.docs.agents.W: bad name "W"; use a-z, 0-9, "_" and "-", beginning with a letter or digit',
    ],
    [
      'agents:\n  w: {runtime: nope}',
      'docs/p.yaml:2:16: projects.docs.agents.w.runtime: unknown runtime "nope"; it can be claude, codex, gemini, opencode, command',
    ],
  ])('%j is a problem there', (text, expected) => {
    expect(problems({ 'team.yaml': 'projects: {docs: docs/p.yaml}', 'docs/p.yaml': text })).toEqual([
      expected,
    ])
  })

  it.each([
    ['docs', /^team\.yaml:1:18: projects\.docs: cannot read \/.*\/docs: it is a directory$/],
    ['no.yaml', /^team\.yaml:1:18: projects\.docs: no such file: no\.yaml$/],
    ['latin1', /^team\.yaml:1:18: projects\.docs: cannot read \/.*\/latin1: it is not UTF-8 text$/],
    ['""', /^team\.yaml:1:18: projects\.docs: must not be empty$/],
  ])('%s cannot be one', (path, expected) => {
    const lines = problems({
      'team.yaml': `projects: {docs: ${path}}`,
      'docs/x': '',
      latin1: Buffer.from([0xe9]),
    })
    expect(lines).toEqual([expect.stringMatching(expected)])
  })
})
