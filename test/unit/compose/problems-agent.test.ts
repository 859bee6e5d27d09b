import { describe, expect, it } from 'vitest'
import { agentKey, expectProblem, problems, withAgent } from './workspace.ts'

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
