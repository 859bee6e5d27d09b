import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { longestStringBytes } from '../../../src/model/names.ts'
import {
  agentKey,
  expectProblem,
  failureOf,
  loadIn,
  problems,
  withAgent,
  withTop,
  workspace,
} from './workspace.ts'

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
