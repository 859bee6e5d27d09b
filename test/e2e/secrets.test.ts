import { chmodSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  agentTrees,
  allProcesses,
  environmentOf,
  processesIn,
  type Seen,
  variable,
  wrappersIn,
} from '../support/census.ts'
import { knownPid } from '../support/known-pid.ts'
import { type CliResult, createSandbox, type Sandbox } from '../support/sandbox.ts'
import { waitFor } from '../support/wait-for.ts'

const program = fileURLToPath(new URL('../../bin/team.js', import.meta.url))

/** One marker for each way in which a secret comes to an agent; long enough to be nothing else. */
const sources = [
  'caller',
  'pass',
  'shell',
  'dotenv',
  'file',
  'literal',
  'prompt',
  'argument',
  'invalid',
] as const
type Source = (typeof sources)[number]
const secret = (source: Source) => `marker-${source}-5f1c9e0b7a`

let sandbox: Sandbox
/** What every command printed. */
const printed: { readonly args: string; readonly text: string }[] = []
/** Markers seen in the arguments or the environment of a process that is none of an agent's. */
const seenInProcesses = new Set<string>()

const callerEnv = {
  CALLER_SECRET: secret('caller'),
  PASSED_SECRET: secret('pass'),
  SHELL_SECRET: secret('shell'),
  BAD: secret('invalid'),
}

function teamText(literal = secret('literal')): string {
  return `
name: acme
env_file: agents.env
env:
  FROM_SHELL: "\${SHELL_SECRET}"
  FROM_DOTENV: "\${DOTENV_SECRET}"
  LITERAL: ${literal}
pass_env: [PASSED_*]
projects:
  web:
    agents:
      lead:
        runtime: claude
        command: [sh, -c, 'while sleep 0.1; do [ ! -e go ] || { rm go; "$$NODE" "$$TEAM" restart lead; }; done']
        prompt_file: lead.md
        drain: {timeout: 5s, steps: [SIGTERM]}
        env: {NODE: "${process.execPath}", TEAM: "${program}"}
      tool:
        command: [sh, -c, 'exec sleep 1000', --token, "\${ARGUMENT_SECRET}", "--key=\${ARGUMENT_SECRET}"]
      failing: {command: 'exit 3'}
      missing: {command: [no-such-program, "\${SHELL_SECRET}"]}
`
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const result = await sandbox.team(args, { env: { ...callerEnv, ...env } })
  printed.push({ args: args.join(' '), text: result.stdout + result.stderr })
  return result
}

function markersIn(text: string): readonly Source[] {
  return sources.filter((source) => text.includes(secret(source)))
}

/** The agents themselves; `team`, which has its caller's environment, and its own children, which must not have it. */
function mayKnow(seen: Seen, everything: readonly Seen[]): boolean {
  if (variable(seen, 'TEAM_UNIT') !== null) return true
  const parent = everything.find(({ pid }) => pid === seen.ppid)
  // A fork that has not become its program yet still shows what its parent was started with.
  return seen.args.includes(program) || (parent?.args.includes(program) === true && seen.args === parent.args)
}

function lookAtProcesses(): void {
  const everything = allProcesses()
  for (const seen of everything) {
    if (mayKnow(seen, everything)) continue
    for (const source of markersIn(`${seen.args} ${seen.environ}`))
      seenInProcesses.add(`${source} in ${seen.args.slice(0, 100)}`)
  }
}

const tmuxQuestions: readonly (readonly string[])[] = [
  ['show-options', '-A', '-s'],
  ['show-options', '-A', '-g'],
  ['show-options', '-A', '-g', '-w'],
  ['show-environment', '-g'],
  ['show-hooks', '-g'],
  ['show-messages'],
  ['show-messages', '-J', '-T'],
  ['list-buffers'],
  [
    'list-panes',
    '-a',
    '-F',
    '#{pane_start_command} #{pane_current_command} #{pane_title} #{window_name} #{pane_current_path}',
  ],
]

/** Everything that the tmux server would tell anybody. */
function tmuxKnows(): string {
  const panes = sandbox
    .tmux('acme', ['list-panes', '-a', '-F', '#{session_name}|#{pane_id}'])
    .trim()
    .split('\n')
  const perPane = panes.flatMap((line) => {
    const [session = '', pane = ''] = line.split('|')
    return [
      ['show-options', '-A', '-p', '-t', pane],
      ['show-options', '-A', '-t', `=${session}:`],
      ['show-environment', '-t', `=${session}:`],
    ]
  })
  const answers = [...tmuxQuestions, ...perPane].map((question) => sandbox.tmux('acme', question))
  expect(answers.join('\n')).toContain('@team_labels')
  return answers.join('\n')
}

interface Holder {
  readonly path: string
  readonly mode: string
  readonly directoryMode: string
}

/** Files below the state directory that hold a marker. */
function holders(): readonly Holder[] {
  const root = join(sandbox.dir, '.team')
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || markersIn(readFileSync(path, 'latin1')).length === 0) return []
    return [{ path, mode: modeOf(path), directoryMode: modeOf(dirname(path)) }]
  })
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8)
}

let tmuxText = ''
let wrapperEnvironments: readonly Readonly<Record<string, string>>[] = []
let loggerVariables: readonly (readonly string[])[] = []
let serverEnvironment: Readonly<Record<string, string>> = {}
let found: readonly Holder[] = []
let leadEnvironment: Readonly<Record<string, string>> = {}

/** The life of a team, with every command that shows something. */
async function live(): Promise<void> {
  await run(['up'])
  for (const args of everyView) await run(args)
  tmuxText = tmuxKnows()
  wrapperEnvironments = wrappersIn(sandbox).map(environmentOf)
  const processes = processesIn(sandbox)
  loggerVariables = processes
    .filter(({ args }) => args.includes('agent-logger.sh'))
    .map(({ environ }) => environ.split('\0').flatMap((entry) => entry.split('=')[0] || []))
  serverEnvironment = environmentOf(Number(sandbox.tmux('acme', ['display-message', '-p', '#{pid}'])))
  leadEnvironment = environmentOf(knownPid(agentTrees(sandbox)['web:lead']?.[0]))
  sandbox.write('go', '')
  await waitFor('the command that the agent ran', () => background().includes('restarted'))
  sandbox.write('team.yaml', teamText(`${secret('literal')}-changed`))
  await run(['reload', '--dry-run', '--verbose'])
  await run(['reload', '--verbose', '--progress', 'json'])
  await run(['restart', 'web:tool', '--debug', '--json'])
  await run(['attach', 'web:lead']) // no terminal: an error
  await run(['logs', '--raw'])
  found = holders()
  await run(['down', '--progress', 'plain'])
  await run(['events'])
}

function background(): string {
  try {
    return sandbox.read('.team/background.log')
  } catch {
    return ''
  }
}

const everyView: readonly (readonly string[])[] = [
  ['up', '--json'],
  ['up', '--debug', '--force-recreate', 'web:failing', 'web:missing'],
  ['ps', '-a'],
  ['ps', '-a', '--json'],
  ['ls', '--json'],
  ['logs'],
  ['logs', '--json'],
  ['events', '--json'],
  ['config'],
  ['config', '--format', 'json'],
  ['config', '--json'],
  ['config', '--hash'],
  ['config', '-q', '--debug'],
  ['capture', 'web:lead'],
  ['doctor'],
  ['exec', 'web:lead', '--', 'no-such-program'],
]

/** Compose files that are wrong where a secret stands. */
const wrongFiles: readonly (readonly [string, string])[] = [
  ['a duration', 'drain: ${BAD}'],
  ['a policy', 'restart: ${BAD}'],
  ['a step', 'drain: {steps: [C-c, "${BAD}"]}'],
  ['a number', 'restart: {policy: always, max: "${BAD}"}'],
  ['a runtime', 'runtime: ${BAD}'],
  ['a variable that is too long', `env: {A: "\${BAD}${'x'.repeat(140_000)}"}`],
  ['a list of variables', 'env: ["${BAD}"]'],
  ['a nested value', 'env: {A: [1, "${BAD}"]}'],
  ['an env file', 'env_file: ./${BAD}.env'],
  ['an argument of a missing program', 'command: [no-such-program, "${BAD}"]'],
  ['a required variable', 'role: "${BAD:+}${NOT_SET:?${BAD}}"'],
  ['a variable name', 'pass_env: ["${BAD}"]'],
  ['a scalar for a map', 'env: "${BAD}"'],
  ['a literal that is no map', `env: ${secret('invalid')}`],
]

beforeAll(async () => {
  sandbox = createSandbox()
  const watch = setInterval(lookAtProcesses, 20)
  try {
    sandbox.write('team.yaml', teamText())
    sandbox.write('.env', `DOTENV_SECRET=${secret('dotenv')}\nARGUMENT_SECRET=${secret('argument')}\n`)
    sandbox.write('agents.env', `FROM_FILE=${secret('file')}\n`)
    sandbox.write('lead.md', `do not tell: ${secret('prompt')}\n`)
    for (const file of ['team.yaml', '.env', 'agents.env', 'lead.md'])
      chmodSync(join(sandbox.dir, file), 0o600)
    await live()
  } finally {
    clearInterval(watch)
  }
}, 60_000)
afterAll(() => sandbox.dispose())

describe('a secret', () => {
  it('reaches the agent that the file gives it to', () => {
    expect(leadEnvironment).toMatchObject({
      FROM_SHELL: secret('shell'),
      FROM_DOTENV: secret('dotenv'),
      FROM_FILE: secret('file'),
      LITERAL: secret('literal'),
      PASSED_SECRET: secret('pass'),
    })
    expect(Object.values(leadEnvironment)).not.toContain(secret('caller'))
  })

  it('is printed by no command', () => {
    expect(printed.length).toBeGreaterThan(everyView.length)
    expect(
      printed
        .filter(({ text }) => markersIn(text).length > 0)
        .map(({ args, text }) => `${args}: ${markersIn(text)}`),
    ).toEqual([])
  })

  it('is in the arguments and the environment of no process but the agent’s own', () => {
    expect([...seenInProcesses]).toEqual([])
  })

  it('is not told by tmux', () => {
    expect(markersIn(tmuxText)).toEqual([])
  })

  it('is only in files of mode 0600 in directories of mode 0700, and in no log', () => {
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter(({ mode, directoryMode }) => mode !== '600' || directoryMode !== '700')).toEqual([])
    const names = new Set(found.map(({ path }) => path.split('/').at(-1)))
    expect([...names].sort()).toEqual(['again', 'cache.json', 'command', 'env'])
    expect(modeOf(join(sandbox.dir, '.team'))).toBe('700')
  })
})

describe('the tmux server, the wrappers and the log writers', () => {
  it('start with a scrubbed environment', () => {
    const base = ['HOME', 'LANG', 'PATH', 'SHELL', 'TMUX_TMPDIR']
    const ofTmux = ['PWD', 'TERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TMUX', 'TMUX_PANE']
    const inPane = [...base, ...ofTmux].sort()
    expect(Object.keys(serverEnvironment)).toEqual(expect.arrayContaining(base))
    expect([...base, 'PWD']).toEqual(expect.arrayContaining(Object.keys(serverEnvironment)))
    expect(wrapperEnvironments.length).toBeGreaterThan(0)
    for (const environment of wrapperEnvironments) expect(Object.keys(environment).sort()).toEqual(inPane)
    expect(loggerVariables.length).toBeGreaterThan(0)
    for (const names of loggerVariables)
      expect([...inPane, 'LC_ALL']).toEqual(expect.arrayContaining([...names]))
  })
})

describe('a compose file that is wrong where a secret stands', () => {
  it.each(wrongFiles)('%s: the error does not tell it', async (_, line) => {
    const box = createSandbox()
    try {
      const command = /^(command|runtime|prompt)/.test(line) ? '' : 'command: [sleep, "1000"]'
      box.write(
        'team.yaml',
        `name: acme\nprojects:\n  web:\n    agents:\n      lead:\n        ${line}\n        ${command}\n`,
      )
      for (const args of [
        ['config', '-q'],
        ['up', '--debug'],
        ['up', '--json'],
      ]) {
        const { code, stdout, stderr } = await box.team(args, { env: callerEnv })
        expect(markersIn(stdout + stderr), `${args.join(' ')}: ${stderr.slice(0, 600)}`).toEqual([])
        if (args[0] === 'up') expect(code).not.toBe(0)
      }
    } finally {
      box.dispose()
    }
  })
})
