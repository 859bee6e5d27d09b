import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeToPlain } from '../../../src/compose/to-plain.ts'
import { composeToYaml } from '../../../src/compose/to-yaml.ts'
import type { Compose } from '../../../src/model/compose.ts'
import { envNameProblem } from '../../../src/model/env-name.ts'
import { load, loadIn, workspace } from './workspace.ts'

const text = `
name: acme
supervisor: {tmux: {history_limit: 5, config: t.conf}}
drain: {timeout: 1m30s, steps: [Escape, 500ms, C-c, SIGTERM]}
env_file: secret.env
runtimes: {reviewer: {extends: claude, model: opus, args: [--plan]}}
projects:
  web:
    env: {PORT: "3000", COST: "5$$"}
    pass_env: [GH_*]
    agents:
      lead: {runtime: reviewer, role: manager, prompt_file: p.md, args: [-v]}
      api: {command: "echo $$HOME", restart: {policy: always, max: null, backoff: {factor: 1.5}}, drain: 5s}
      bot: {runtime: codex, prompt: "line one\\nline two: $$x", role: ${'long '.repeat(40)}end}
`
const files = { 'team.yaml': text, 'secret.env': 'TOKEN=hunter2\n', 'p.md': 'Lead.', 't.conf': '' }

/** Loads the YAML of a team again, in a directory of its own. */
const again = (compose: Compose): Compose =>
  loadIn(workspace({ 'team.yaml': composeToYaml(compose, { reveal: true }) })).compose

describe('composeToPlain', () => {
  it('has the shape of a compose file', () => {
    const { compose, dir } = load(files)
    expect(composeToPlain(compose, { reveal: true })).toEqual({
      name: 'acme',
      supervisor: { type: 'tmux', tmux: { config: `${dir}/t.conf`, history_limit: 5 } },
      runtimes: { reviewer: { extends: 'claude' } },
      projects: {
        web: {
          agents: {
            lead: {
              runtime: 'reviewer',
              model: 'opus',
              role: 'manager',
              cwd: dir,
              args: ['--plan', '-v'],
              prompt_file: `${dir}/p.md`,
              env: { TOKEN: 'hunter2', PORT: '3000', COST: '5$' },
              pass_env: ['GH_*'],
              restart: {
                policy: 'no',
                max: 10,
                backoff: { initial: '1s', factor: 2, max: '1m', reset_after: '10m' },
              },
              drain: { timeout: '1m30s', steps: ['Escape', '500ms', 'C-c', 'SIGTERM'] },
            },
            api: expect.objectContaining({
              runtime: 'command',
              command: ['/bin/sh', '-c', 'echo $HOME'],
              restart: {
                policy: 'always',
                max: null,
                backoff: { initial: '1s', factor: 1.5, max: '1m', reset_after: '10m' },
              },
            }),
            bot: expect.objectContaining({ runtime: 'codex', prompt: 'line one\nline two: $x' }),
          },
        },
      },
    })
  })

  it('hides the value of every variable', () => {
    const { compose } = load(files)
    const shown = JSON.stringify(composeToPlain(compose, { reveal: false }))
    expect(shown).toContain('"TOKEN":"***","PORT":"***","COST":"***"')
    for (const value of ['hunter2', '3000', '5$']) expect(shown).not.toContain(value)
    const yaml = composeToYaml(compose, { reveal: false })
    for (const value of ['hunter2', '3000', '5$']) expect(yaml).not.toContain(value)
  })
})

describe('composeToYaml', () => {
  it('doubles dollars and breaks no line', () => {
    const { compose } = load(files)
    const yaml = composeToYaml(compose, { reveal: true })
    expect(yaml).toContain('- echo $$HOME\n')
    expect(yaml).toContain(`role: ${'long '.repeat(40)}end\n`)
    expect(yaml).toContain('prompt: |-\n          line one\n          line two: $$x\n')
  })

  it('loads to the same team', () => {
    const { compose } = load(files)
    const second = again(compose)
    expect(second.agents).toEqual(compose.agents)
    expect(second).toMatchObject({ name: compose.name, supervisor: compose.supervisor, warnings: [] })
  })

  it('loads to the same agents, whatever they hold', () => {
    const value = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(...'\'"$#:-{}[],&*!|>%@` \n\t\r\\~0eé😀') }),
        fc.constantFrom(
          '',
          'null',
          'true',
          'no',
          '1.10',
          '0x1F',
          '~',
          '<<',
          '- a',
          'a: b',
          ' x ',
          '\n',
          ' \n',
          '#',
        ),
      )
      .filter((candidate) => !candidate.includes('\0'))
    const program = value.filter((candidate) => candidate !== '')
    const prompt = value.filter((candidate) => candidate.trim() !== '')
    const variable = fc
      .stringMatching(/^[A-Z_][A-Z0-9_]{0,4}$/)
      .filter((name) => !/^(TMUX|TEAM_)/.test(name) && envNameProblem(name) === null)
    const agents = fc.record({
      program,
      args: fc.array(value, { maxLength: 3 }),
      prompt,
      env: fc.dictionary(variable, value, { maxKeys: 4, noNullPrototype: true }),
    })
    const template = load(
      'projects: {web: {agents: {a: {command: [x]}, b: {runtime: claude, prompt: x}}}}',
    ).compose
    fc.assert(
      fc.property(agents, (given) => {
        const compose: Compose = {
          ...template,
          agents: template.agents.map((agent) =>
            agent.kind === 'command'
              ? { ...agent, command: [given.program, ...given.args], env: given.env }
              : { ...agent, args: given.args, prompt: { text: given.prompt, file: null } },
          ),
        }
        expect(again(compose).agents).toEqual(compose.agents)
      }),
      { numRuns: 300 },
    )
  })
})
