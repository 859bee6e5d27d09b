import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { longestStringBytes } from '../../../src/model/names.ts'
import { failure, failureOf, loadIn, problems, workspace } from './workspace.ts'

/** A team of one agent, to hang one fault on: `agent` is on line 4. */
const withAgent = (agent: string) => `projects:\n  web:\n    agents:\n      a: ${agent}\n`
const withTop = (top: string) => `${top}\n${withAgent('{runtime: claude}')}`

const agentKey = 'projects.web.agents.a'

/** Expects exactly one problem, where the `^` stands. */
function expectProblem(marked: string, expected: string | RegExp): void {
  const before = marked.slice(0, marked.indexOf('^')).split('\n')
  const place = `team.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}: `
  const lines = problems(marked.replace('^', ''))
  expect(lines).toHaveLength(1)
  if (typeof expected === 'string') expect(lines[0]).toBe(`${place}${expected}`)
  else {
    expect(lines[0]?.slice(0, place.length)).toBe(place)
    expect(lines[0]?.slice(place.length)).toMatch(expected)
  }
}

describe('problems of one agent', () => {
  it.each([
    ['{runtime: claude, ^rol: x}', `${agentKey}.rol: unknown key "rol"; did you mean "role"?`],
    [
      '{runtime: claude, ^environment: {A: 1}}',
      `${agentKey}.environment: unknown key "environment"; did you mean "env"?`,
    ],
    [
      '{runtime: claude, ^working_dir: x}',
      `${agentKey}.working_dir: unknown key "working_dir"; did you mean "cwd"?`,
    ],
    [
      '{runtime: claude, ^colour: x}',
      `${agentKey}.colour: unknown key "colour"; there are runtime, model, role, restart, drain, env, env_file, pass_env, args, cwd, resume, limits, mcp, allow, command, prompt, prompt_file`,
    ],
    [
      '{command: ls, ^drain: {timeout: 5s, steps: [C-c, 2s, 3s, SIGTERM]}}',
      `${agentKey}.drain: the pauses of its steps take 5s, and its timeout is 5s: give it more time`,
    ],
    ['{runtime: ^cluade}', `${agentKey}.runtime: unknown runtime "cluade"; did you mean "claude"?`],
    ['{runtime: ^5}', `${agentKey}.runtime: expected a string, got a number; put it in quotes`],
    ['{runtime: ^""}', `${agentKey}.runtime: must not be empty`],
    ['^claude', `${agentKey}: expected a mapping, got a string`],
    ['^[claude]', `${agentKey}: expected a mapping, got a list`],
    ['{command: ^[]}', `${agentKey}.command: names no program`],
    ['{command: ^["", x]}', `${agentKey}.command: names no program`],
    ['{command: ^" "}', `${agentKey}.command: must not be empty`],
    ['{command: ^{a: b}}', `${agentKey}.command: expected a string or a list, got a mapping`],
    ['{command: [a, ^1]}', `${agentKey}.command[1]: expected a string, got a number; put it in quotes`],
    ['{command: [a, ^true]}', `${agentKey}.command[1]: expected a string, got true; put it in quotes`],
    ['{command: [a, ^~]}', `${agentKey}.command[1]: expected a string, got nothing`],
    [
      '{command: ls, ^args: [x]}',
      `${agentKey}.args: a command that is one string takes no args; write the command as a list`,
    ],
    ['{command: ls, ^model: opus}', `${agentKey}.model: the runtime command has no models`],
    ['{command: ls, ^prompt: hello}', `${agentKey}.prompt: the runtime command takes no prompt`],
    [
      '{command: ls, ^prompt_file: team.yaml}',
      `${agentKey}.prompt_file: the runtime command takes no prompt`,
    ],
    [
      '{runtime: claude, prompt: a, ^prompt_file: team.yaml}',
      `${agentKey}.prompt_file: "prompt" is given too; keep one of them`,
    ],
    ['{runtime: claude, prompt: ^" "}', `${agentKey}.prompt: the prompt is empty`],
    ['{runtime: claude, prompt_file: ^no.md}', `${agentKey}.prompt_file: no such file: no.md`],
    [
      '{runtime: claude, prompt_file: ^.}',
      /^projects\.web\.agents\.a\.prompt_file: cannot read \/.*\/acme: it is a directory$/,
    ],
    ['{runtime: claude, args: ^x}', `${agentKey}.args: expected a list, got a string`],
    ['{runtime: claude, cwd: ^""}', `${agentKey}.cwd: must not be empty`],
    ['{runtime: claude, cwd: ^~}', `${agentKey}.cwd: expected a string, got nothing`],
    ['{runtime: claude, cwd: ^~/x}', `${agentKey}.cwd: "~" cannot be followed: HOME is not set`],
    ['{runtime: claude, role: ^1}', `${agentKey}.role: expected a string, got a number; put it in quotes`],
    ['{runtime: claude, model: ^"a\\0b"}', `${agentKey}.model: has a NUL byte, which no program can receive`],
    [
      '{runtime: claude, restart: ^allways}',
      `${agentKey}.restart: unknown restart policy "allways"; did you mean "always"?`,
    ],
    [
      '{runtime: claude, restart: ^true}',
      `${agentKey}.restart: true is no restart policy; it can be no, on-failure, always, unless-stopped`,
    ],
    [
      '{runtime: claude, restart: ^always:3}',
      `${agentKey}.restart: "always" takes no count; write {policy: always, max: N}`,
    ],
    [
      '{runtime: claude, restart: {policy: ^alway}}',
      `${agentKey}.restart.policy: unknown restart policy "alway"; did you mean "always"?`,
    ],
    [
      '{runtime: claude, restart: {policy: ^3}}',
      `${agentKey}.restart.policy: expected a restart policy, got a number`,
    ],
    ['{runtime: claude, restart: {max: ^-1}}', `${agentKey}.restart.max: must be at least 0`],
    [
      '{runtime: claude, restart: {max: ^1.5}}',
      `${agentKey}.restart.max: expected a whole number, nothing or "unlimited", got a fraction`,
    ],
    [
      '{runtime: claude, restart: {max: ^lots}}',
      `${agentKey}.restart.max: must be a whole number, null or "unlimited"`,
    ],
    [
      '{runtime: claude, restart: {backoff: {factor: ^11}}}',
      `${agentKey}.restart.backoff.factor: must be at most 10`,
    ],
    [
      '{runtime: claude, restart: {backoff: {factor: ^0.5}}}',
      `${agentKey}.restart.backoff.factor: must be at least 1`,
    ],
    [
      '{runtime: claude, restart: {backoff: {initial: ^1}}}',
      `${agentKey}.restart.backoff.initial: expected a duration (500ms, 30s, 2m, 1h), got a number`,
    ],
    [
      '{runtime: claude, drain: ^30}',
      `${agentKey}.drain: expected a duration (500ms, 30s, 2m, 1h) or a mapping, got a number`,
    ],
    [
      '{runtime: claude, drain: ^"30"}',
      `${agentKey}.drain: bad duration "30"; write a number and a unit: 500ms, 30s, 2m, 1h`,
    ],
    ['{runtime: claude, drain: ^200h}', `${agentKey}.drain: "200h" is too long; at most 168h`],
    [
      '{runtime: claude, drain: {timeout: ^soon}}',
      `${agentKey}.drain.timeout: bad duration "soon"; write a number and a unit: 500ms, 30s, 2m, 1h`,
    ],
    ['{command: ls, ^resume: false}', `${agentKey}.resume: the runtime command has no sessions`],
    [
      '{runtime: claude, drain: {mode: ^wait}}',
      `${agentKey}.drain.mode: unknown mode "wait"; it can be interrupt, finish`,
    ],
    ['{runtime: claude, drain: {mode: ^1}}', `${agentKey}.drain.mode: expected a mode, got a number`],
    ['{runtime: claude, drain: {steps: ^[]}}', `${agentKey}.drain.steps: names no step`],
    [
      '{runtime: claude, drain: {steps: [C-c, ^5]}}',
      `${agentKey}.drain.steps[1]: expected a key, a pause or a signal, got a number`,
    ],
    [
      '{runtime: claude, drain: {steps: [C-c, ^sigterm]}}',
      `${agentKey}.drain.steps[1]: unknown step "sigterm"; did you mean "SIGTERM"?`,
    ],
    [
      '{runtime: claude, drain: {steps: ^Enter}}',
      `${agentKey}.drain.steps: "Enter" submits: in a permission dialog it would approve; end with C-c or a signal`,
    ],
    [
      '{runtime: claude, drain: {steps: [^/exit]}}',
      /^projects\.web\.agents\.a\.drain\.steps\[0\]: "\/exit" is no key, pause or signal: ending an agent never types text; /,
    ],
    [
      '{runtime: claude, env: {^TEAM_NAME: x}}',
      `${agentKey}.env.TEAM_NAME: TEAM_NAME is set by team and cannot be set here`,
    ],
    [
      '{runtime: claude, env: [A=1, ^TMUX=x]}',
      `${agentKey}.env[1]: TMUX is set by team and cannot be set here`,
    ],
    [
      '{runtime: claude, env: {^A-B: x}}',
      `${agentKey}.env.A-B: the name of a variable has only letters, digits and _, and does not begin with a digit`,
    ],
    [
      '{runtime: claude, env: {A: ^[x]}}',
      `${agentKey}.env.A: expected a string, a number, true or false or nothing, got a list`,
    ],
    ['{runtime: claude, env: ^5}', `${agentKey}.env: expected a mapping or a list, got a number`],
    [
      '{runtime: claude, env: {A: ^"x\\0y"}}',
      `${agentKey}.env.A: has a NUL byte, which no program can receive`,
    ],
    ['{runtime: claude, env_file: ^no.env}', `${agentKey}.env_file: no such file: no.env`],
    [
      '{runtime: claude, env_file: [^no.env, {path: x, required: false}]}',
      `${agentKey}.env_file[0]: no such file: no.env`,
    ],
    ['{runtime: claude, env_file: ^{required: false}}', `${agentKey}.env_file.path: is missing`],
    [
      '{runtime: claude, env_file: [{path: /dev/null, ^requird: no}]}',
      `${agentKey}.env_file[0].requird: unknown key "requird"; did you mean "required"?`,
    ],
    [
      '{runtime: claude, env_file: {path: /dev/null, required: ^no}}',
      `${agentKey}.env_file.required: expected true or false, got a string`,
    ],
    [
      '{runtime: claude, pass_env: ^"A-*"}',
      `${agentKey}.pass_env: must be the name of a variable, in which * and ? stand for other characters`,
    ],
    ['{runtime: claude, pass_env: [A, ^TMUX]}', `${agentKey}.pass_env[1]: is never passed on to an agent`],
    [
      '{runtime: claude, cwd: ^"${X?set it}"}',
      `${agentKey}.cwd: required variable X is missing a value: set it`,
    ],
    [
      '{runtime: claude, cwd: ^"$(pwd)"}',
      `${agentKey}.cwd: a "$" here begins no variable; write "$$" for a dollar sign`,
    ],
    ['{runtime: claude, ^replicas: 3}', `${agentKey}.replicas: "replicas" is not supported by this version`],
    ['{runtime: claude, ^runtime: codex}', `${agentKey}.runtime: duplicate key "runtime"`],
    [
      '{runtime: claude, env_file: ^{path: ., required: false}}',
      /^projects\.web\.agents\.a\.env_file: cannot read \/.*\/acme: it is a directory$/,
    ],
  ])('%s', (agent, expected) => expectProblem(withAgent(agent), expected))

  it.each([
    ['{}', 'needs a "runtime" or a "command"'],
    ['', 'needs a "runtime" or a "command"'],
    ['{runtime: command}', 'the runtime command needs a "command"'],
  ])('%j as a whole', (agent, expected) =>
    expectProblem(withAgent(agent).replace('a:', '^a:'), `${agentKey}: ${expected}`),
  )

  const later = ['depends_on', 'ready', 'replicas', 'profiles', 'session', 'boot', 'activity']

  it.each(later)('refuses %s by name wherever it may stand', (key) => {
    const text = `${key}: 1\ndefaults: {${key}: 1}\nprojects:\n  web:\n    ${key}: 1\n    agents: {a: {runtime: claude, ${key}: 1}}\n`
    const expected = `"${key}" is not supported by this version`
    expect(problems(text)).toEqual([
      `team.yaml:1:1: ${key}: ${expected}`,
      `team.yaml:2:12: defaults.${key}: ${expected}`,
      `team.yaml:5:5: projects.web.${key}: ${expected}`,
      `team.yaml:6:35: projects.web.agents.a.${key}: ${expected}`,
    ])
  })
})

describe('problems of the top level', () => {
  it.each([
    ['name: ^Acme', 'name: bad name "Acme"; use a-z, 0-9, "_" and "-", beginning with a letter or digit'],
    ['name: ^-x', 'name: bad name "-x"; use a-z, 0-9, "_" and "-", beginning with a letter or digit'],
    ['name: ^1', 'name: expected a string, got a number; put it in quotes'],
    [`name: ^${'x'.repeat(65)}`, 'name: the name is 65 characters long; it can have at most 64'],
    ['supervisor: {^launchd: {}}', 'supervisor.launchd: is for `type: launchd` only'],
    ['supervisor: {type: systemd, ^launchd: {}}', 'supervisor.launchd: is for `type: launchd` only'],
    ['supervisor: {^systemd: {}}', 'supervisor.systemd: is for `type: systemd` only'],
    [
      'supervisor: {type: systemd, systemd: {boot: ^1}}',
      'supervisor.systemd.boot: expected true or false, got a number',
    ],
    ['supervisor: ^tmx', 'supervisor: unknown supervisor "tmx"; it can be tmux, systemd or launchd'],
    ['supervisor: ^1', 'supervisor: expected a supervisor or a mapping, got a number'],
    ['supervisor: {tmux: {history_limit: ^200001}}', 'supervisor.tmux.history_limit: must be at most 200000'],
    [
      'supervisor: {tmux: {history_limit: ^"1"}}',
      'supervisor.tmux.history_limit: expected a whole number, got a string',
    ],
    ['supervisor: {tmux: {config: ^no.conf}}', 'supervisor.tmux.config: no such file: no.conf'],
    ['defaults: {^command: x}', /^defaults\.command: unknown key "command"; there are runtime, /],
    ['^services: {}', 'services: unknown key "services"; did you mean "projects"?'],
    [
      'runtimes: {^claude: {model: x}}',
      'runtimes.claude: "claude" is built in; give the variant another name, with "extends: claude"',
    ],
    ['runtimes: {^r: {}}', 'runtimes.r: needs "extends" or "command"'],
    ['runtimes: {^r: }', 'runtimes.r: expected a mapping, got nothing'],
    [
      'runtimes: {r: {extends: ^cluade}}',
      'runtimes.r.extends: unknown runtime "cluade"; did you mean "claude"?',
    ],
    ['runtimes: {r: {extends: ^r}}', 'runtimes.r.extends: extends itself: r -> r'],
    ['runtimes: {r: {command: ls, model: ^x}}', 'runtimes.r.model: the runtime command has no models'],
    [
      'runtimes: {^R: {extends: claude}}',
      'runtimes.R: bad name "R"; use a-z, 0-9, "_" and "-", beginning with a letter or digit',
    ],
    ['env_file: [{path: ^""}]', 'env_file[0].path: must not be empty'],
  ])('%s', (top, expected) => expectProblem(withTop(top), expected))

  it.each([
    ['^', 'the file is empty; a team needs "projects:"'],
    ['^# nothing here\n', 'the file is empty; a team needs "projects:"'],
    ['^name: x\n', 'declares no agents: "projects" is missing'],
    ['^projects:\n', 'declares no agents: "projects" is missing'],
    ['^[a]', 'expected a mapping, got a list'],
    ['^just text', 'expected a mapping, got a string'],
    ['projects: ^[a]', 'projects: expected a mapping, got a list'],
    [
      'projects: {^Web: {}}',
      'projects.Web: bad name "Web"; use a-z, 0-9, "_" and "-", beginning with a letter or digit',
    ],
    ['projects: {web: ^5}', 'projects.web: expected a string or a mapping, got a number'],
    ['projects: {web: ^no.yaml}', 'projects.web: no such file: no.yaml'],
    [
      'projects: {web: {agents: {^A b: {runtime: claude}}}}',
      'projects.web.agents.A b: bad name "A b"; use a-z, 0-9, "_" and "-", beginning with a letter or digit',
    ],
    ['projects: {web: {agents: ^[a]}}', 'projects.web.agents: expected a mapping, got a list'],
    ['projects: {web: {^agent: {}}}', 'projects.web.agent: unknown key "agent"; did you mean "agents"?'],
    ['projects: {}\n^---\nprojects: {}', 'more than one YAML document in the file'],
  ])('%j', (text, expected) => expectProblem(text, expected))

  it('asks for a name where the directory gives none', () => {
    const dir = workspace({ '___/team.yaml': 'projects: {}' })
    const error = failureOf(() => loadIn(join(dir, '___')))
    expect(error.details).toEqual([
      `team.yaml:1:1: the directory ${join(dir, '___')} gives the team no name; set "name:"`,
    ])
  })
})

describe('limits', () => {
  const fits = 'x'.repeat(longestStringBytes)

  it.each([
    [
      'command',
      `{command: [a, "${fits}x"]}`,
      `${agentKey}.command[1]: is 131072 bytes long; one argument or variable can have at most 131071`,
    ],
    [
      'args',
      `{runtime: claude, args: ["${fits}é"]}`,
      `${agentKey}.args[0]: is 131073 bytes long; one argument or variable can have at most 131071`,
    ],
    [
      'a shell command',
      `{command: "${fits}x"}`,
      `${agentKey}.command: is 131072 bytes long; one argument or variable can have at most 131071`,
    ],
    [
      'env',
      `{runtime: claude, env: {KEY: "${fits}"}}`,
      `${agentKey}.env.KEY: KEY is 131075 bytes long; one argument or variable can have at most 131071`,
    ],
    [
      'prompt',
      `{runtime: claude, prompt: "${fits}x"}`,
      `${agentKey}.prompt: the prompt is 131072 bytes long; it can have at most 131071`,
    ],
  ])('%s', (_, agent, expected) => {
    const lines = problems(withAgent(agent))
    expect(lines.map((line) => line.replace(/^team\.yaml:4:\d+: /, ''))).toEqual([expected])
  })

  it('takes what just fits', () => {
    const dir = workspace({
      'team.yaml': withAgent(`{command: [a, "${fits}"], env: {KEY: "${fits.slice(4)}"}}`),
    })
    const agent = loadIn(dir).compose.agents[0]
    expect(agent?.command?.[1]).toHaveLength(longestStringBytes)
    expect(agent?.env.KEY).toHaveLength(longestStringBytes - 4)
  })

  it('refuses aliases that multiply', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const item = level === 0 ? 'x' : `*l${level - 1}`
      return `x-${level}: &l${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`
    })
    const text = `${levels.join('\n')}\n${withAgent('{runtime: claude, args: *l8}')}`
    expect(problems(text).join()).toContain('aliases make this file more than 200000 values long')
  })
})

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
