import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { agentKey, failure, failureOf, loadIn, problems, withAgent, workspace } from './workspace.ts'

describe('all problems at once', () => {
  const files = {
    'team.yaml': [
      'name: Acme',
      'env: {TMUX: x}',
      'projects:',
      '  web:',
      '    agents:',
      '      a: {runtime: reviewr, rol: x}',
      '      b: {command: [x, 5], env_file: no.env}',
      '  docs: docs/team.project.yaml',
    ].join('\n'),
    'team.override.yaml': 'drain: 5\nprojects: {web: {agents: {a: {prompt_file: no.md}}}}\n',
    'docs/team.project.yaml':
      'agents:\n  w: {runtime: claude, restart: alway}\n  v: {env_file: .env.docs, runtime: claude}\n',
    'docs/.env.docs': 'OK=1\nTEAM_UNIT=x\nbad line\n',
    '.env': 'A="open\n',
  }
  const expected = [
    '.env:1:1: the " of A is never closed',
    'docs/.env.docs:2:1: TEAM_UNIT is set by team and cannot be set here',
    'docs/.env.docs:3:1: expected NAME=value',
    'docs/team.project.yaml:2:33: projects.docs.agents.w.restart: unknown restart policy "alway"; did you mean "always"?',
    'team.override.yaml:1:8: drain: expected a duration (500ms, 30s, 2m, 1h) or a mapping, got a number',
    'team.override.yaml:2:44: projects.web.agents.a.prompt_file: no such file: no.md',
    'team.yaml:1:7: name: bad name "Acme"; use a-z, 0-9, "_" and "-", beginning with a letter or digit',
    'team.yaml:2:7: env.TMUX: TMUX is set by team and cannot be set here',
    'team.yaml:6:20: projects.web.agents.a.runtime: unknown runtime "reviewr"; it can be claude, codex, gemini, opencode, command',
    'team.yaml:6:29: projects.web.agents.a.rol: unknown key "rol"; did you mean "role"?',
    'team.yaml:7:24: projects.web.agents.b.command[1]: expected a string, got a number; put it in quotes',
    'team.yaml:7:38: projects.web.agents.b.env_file: no such file: no.env',
  ]

  it('lists those of all files, in order', () => {
    const error = failure(files)
    expect(error.details).toEqual(expected)
    expect([error.code, error.exitCode]).toEqual(['compose-invalid', 2])
    expect(error.message).toBe(
      '12 problems in .env, docs/.env.docs, docs/team.project.yaml, team.override.yaml, team.yaml',
    )
    expect(error.hint).toContain('team config -q')
  })

  it('shows paths from the working directory, absolute ones where they do not lie below it', () => {
    const dir = workspace({ ...files, 'sub/x': '' })
    const error = failureOf(() => loadIn(join(dir, 'sub')))
    expect(error.details[0]).toBe(`${join(dir, '.env')}:1:1: the " of A is never closed`)
  })

  it('does not judge references when a file cannot be parsed', () => {
    const lines = problems({
      'team.yaml': withAgent('{runtime: reviewer, rol: x}'),
      'team.override.yaml': 'runtimes: {reviewer: {extends: claude}\n',
    })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^team\.override\.yaml:\d:\d+: YAML: /)
    expect(lines[1]).toContain('"rol"')
  })

  it('tells a problem in a file that many agents use once', () => {
    const agents = Array.from({ length: 20 }, (_, index) => `      a${index}: {}`).join('\n')
    const text = `defaults: {runtime: nope, env_file: bad.env}\nprojects:\n  web:\n    agents:\n${agents}\n`
    expect(problems({ 'team.yaml': text, 'bad.env': '1' })).toEqual([
      'bad.env:1:1: expected NAME=value',
      'team.yaml:1:21: defaults.runtime: unknown runtime "nope"; it can be claude, codex, gemini, opencode, command',
    ])
  })

  it('says "1 problem" for one', () => {
    expect(failure(withAgent('{}')).message).toBe('1 problem in team.yaml')
  })
})

describe('files that cannot be read', () => {
  it.each([
    ['missing', 'no.yaml', 'compose-not-found', 'no such compose file: '],
    ['a directory', 'sub', 'compose-unreadable', 'cannot read '],
    ['not UTF-8', 'latin1.yaml', 'compose-unreadable', 'cannot read '],
  ])('%s', (_, name, code, message) => {
    const dir = workspace({ 'sub/x': '', 'latin1.yaml': Buffer.from([0x61, 0x3a, 0xe9]) })
    const error = failureOf(() => loadIn(dir, { files: [name] }))
    expect([error.code, error.exitCode]).toEqual([code, 2])
    expect(error.message).toContain(`${message}${join(dir, name)}`)
    expect(error.hint).not.toBeNull()
  })

  it('refuses a .env that is not UTF-8', () => {
    const error = failure({ 'team.yaml': withAgent('{runtime: claude}'), '.env': Buffer.from([0xff]) })
    expect([error.code, error.message]).toEqual([
      'compose-unreadable',
      expect.stringMatching(/^cannot read \/.*\/\.env: it is not UTF-8 text$/),
    ])
  })
})

describe('secrets', () => {
  const secret = 'hunter2-hunter2'

  it.each([
    [
      'a bad name in a list',
      { 'team.yaml': withAgent(`{runtime: claude, env: ["${secret}", "a ${secret}=x"]}`) },
    ],
    ['a reserved name', { 'team.yaml': withAgent(`{runtime: claude, env: {TMUX: ${secret}}}`) }],
    ['a NUL byte', { 'team.yaml': withAgent(`{runtime: claude, env: {A: "${secret}\\0"}}`) }],
    ['a wrong type', { 'team.yaml': withAgent(`{runtime: claude, env: {A: [${secret}]}}`) }],
    ['a bad template', { 'team.yaml': withAgent(`{runtime: claude, env: {A: "$(${secret}"}}`) }],
    [
      'a bad template in braces',
      { 'team.yaml': withAgent(`{runtime: claude, env: {A: "\${B:=${secret}}"}}`) },
    ],
    [
      'a value that is too long',
      { 'team.yaml': withAgent(`{runtime: claude, env: {A: ${secret.repeat(9000)}}}`) },
    ],
    ['bad YAML', { 'team.yaml': withAgent(`{runtime: claude, env: {A: "x" ${secret}}}`) }],
    ['an open quote', { 'team.yaml': withAgent(`{runtime: claude, env: {A: "${secret}}}`) }],
    ['a bad escape', { 'team.yaml': withAgent(`{runtime: claude, env: {A: "${secret}\\q"}}`) }],
    [
      'an env file',
      {
        'team.yaml': withAgent('{runtime: claude, env_file: e}'),
        e: `=${secret}\nA="x" ${secret}\nB='${secret}`,
      },
    ],
    ['a .env', { 'team.yaml': withAgent('{runtime: claude}'), '.env': `1=${secret}\nB="${secret}` }],
    [
      'an env file with a NUL byte',
      { 'team.yaml': withAgent('{runtime: claude, env_file: e}'), e: `A=${secret}\0` },
    ],
  ])('%s shows no value', (_, files) => {
    const error = failure(files)
    expect([error.message, error.hint, ...error.details].join('\n')).not.toContain('hunter2')
  })

  it('a required variable shows its message alone', () => {
    const lines = problems(withAgent('{runtime: claude, env: {A: "${TOKEN:?needed}-${OTHER}"}}'), {
      env: { OTHER: secret },
    })
    expect(lines).toEqual([
      `team.yaml:4:37: ${agentKey}.env.A: required variable TOKEN is missing a value: needed`,
    ])
  })
})
