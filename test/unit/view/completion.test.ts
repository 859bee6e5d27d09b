import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandNode, CommandOption } from '../../../src/model/command-tree.ts'
import { completionScript, completionShells } from '../../../src/view/completion.ts'
import { hasProgram } from '../../support/programs.ts'

function option(flags: string, choices: readonly string[] | null = null): CommandOption {
  return { flags, description: "what it's for: `x` $HOME", takesValue: flags.includes('<'), choices }
}

function command(name: string, more: Partial<CommandNode>): CommandNode {
  return {
    name,
    description: `${name} it's $(touch oops)`,
    options: [],
    args: 'none',
    subcommands: [],
    ...more,
  }
}

const tree: CommandNode = command('team', {
  options: [
    option('-f, --file <path>'),
    option('--json'),
    option('--progress <mode>', ['auto', 'tty', 'plain']),
    option('--no-color'),
  ],
  subcommands: [
    command('up', {
      args: 'targets',
      options: [option('--wait'), option('--wait-timeout <duration>'), option('-f, --file <path>')],
    }),
    command('update', { args: 'files' }),
    command('attach', { args: 'agent', options: [option('-r, --read-only')] }),
    command('exec', { args: 'agent' }),
    command('task', {
      subcommands: [
        command('run', { args: 'agent', options: [option('--kind <kind>', ['prompt', 'shell'])] }),
        command('ls', {}),
      ],
    }),
    command('completion', { args: 'shells' }),
  ],
})

let dir = ''

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'team-completion-'))
  for (const shell of completionShells) writeFileSync(join(dir, shell), completionScript(shell, tree))
  const program = `#!/bin/sh
for word; do test -n "$word" && printf '%s|' "$word" >> '${dir}/asked'; done; echo >> '${dir}/asked'
case "$*" in
  *broken*) echo garbage >&2; exit 2 ;;
  *agents) printf 'web:lead\\nweb:api\\n' ;;
  *targets) printf 'web\\nweb:lead\\nweb:api\\nrole=manager\\nrole=$(touch oops) x\\n' ;;
esac
`
  writeFileSync(join(dir, 'team'), program)
  chmodSync(join(dir, 'team'), 0o755)
  writeFileSync(join(dir, 'roles.yaml'), '')
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const environment = () => ({ ...process.env, PATH: `${dir}:${process.env.PATH}`, HOME: dir })

/** What bash offers for a command line whose cursor is at its end. */
function bash(line: string, breaks = ' \t\n"\'><=;|&(:'): readonly string[] {
  const script = `. ./bash
COMP_WORDBREAKS=$1 COMP_LINE=$2 COMP_POINT=\${#2}
_team 2>&1
for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done`
  const args = ['--noprofile', '--norc', '-c', script, 'bash', breaks, line]
  return lines(execFileSync('bash', args, { cwd: dir, env: environment(), encoding: 'utf8' }))
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

describe('bash', () => {
  it('is valid', () => {
    const result = spawnSync('bash', ['-n', join(dir, 'bash')], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
  })

  it('registers itself', () => {
    const shown = execFileSync('bash', ['--norc', '-c', '. ./bash; complete -p team'], {
      cwd: dir,
      encoding: 'utf8',
    })
    expect(shown.trim()).toBe('complete -F _team team')
  })

  it.each([
    ['commands', 'team ', ['up', 'update', 'attach', 'exec', 'task', 'completion']],
    ['commands by prefix', 'team up', ['up', 'update']],
    ['commands after options', 'team --json -f x.yaml at', ['attach']],
    ['subcommands', 'team task ', ['run', 'ls']],
    ['no second command', 'team up update', []],
    [
      'options of the command and of the root',
      'team up --',
      ['--file', '--json', '--progress', '--no-color', '--wait', '--wait-timeout'],
    ],
    ['options of a subcommand', 'team task run --k', ['--kind']],
    ['choices', 'team up --progress ', ['auto', 'tty', 'plain']],
    ['choices of a subcommand', 'team task run --kind p', ['prompt']],
    ['nothing for a free value', 'team up --wait-timeout ', []],
    ['files for an option', 'team --file ro', ['roles.yaml']],
    ['files for a short option after the command', 'team up -f ro', ['roles.yaml']],
    ['files as arguments', 'team update ro', ['roles.yaml']],
    ['shells', 'team completion ', ['bash', 'zsh', 'fish']],
    ['agents', 'team attach w', ['web:lead', 'web:api']],
    ['one agent only', 'team attach web:lead ', []],
    ['targets again and again', 'team up web:lead we', ['web', 'web:lead', 'web:api']],
    ['commands after --', 'team exec web:lead -- ech', ['echo']],
    ['nothing for an unknown word', 'team nonsense ', []],
  ])('offers %s', (_, line, expected) => {
    expect([...new Set(bash(line))]).toEqual(expected)
  })

  it('answers with what follows the last colon or equals sign, as bash replaces only that', () => {
    expect(bash('team up web:')).toEqual(['lead', 'api'])
    expect(bash('team up web:l')).toEqual(['lead'])
    expect(bash('team up role=man')).toEqual(['manager'])
    expect(bash('team up --progress=pl')).toEqual(['plain'])
  })

  it('answers with whole words where colons do not break words', () => {
    expect(bash('team up web:l', ' \t\n')).toEqual(['web:lead'])
    expect(bash('team up --progress=pl', ' \t\n')).toEqual(['--progress=plain'])
  })

  it('never runs what a target says, and quotes it', () => {
    expect(bash('team up role=$', ' \t\n')).toEqual([])
    expect(bash('team up role=', ' \t\n')).toEqual(['role=manager', 'role=\\$\\(touch\\ oops\\)\\ x'])
    expect(spawnSync('ls', [join(dir, 'oops')]).status).not.toBe(0)
  })

  it('asks about the compose files that the line names', () => {
    writeFileSync(join(dir, 'asked'), '')
    bash('team -f a.yaml up --file=b.yaml -f ~/c.yaml we')
    expect(execFileSync('cat', [join(dir, 'asked')], { encoding: 'utf8' })).toBe(
      `-f|a.yaml|-f|b.yaml|-f|${dir}/c.yaml|__complete|targets|\n`,
    )
  })

  it('offers nothing, silently, when the file is broken', () => {
    expect(bash('team -f broken.yaml up ')).toEqual([])
  })
})

describe.runIf(hasProgram('zsh', 'its completion script is'))('zsh', () => {
  it('is valid', () => {
    const result = spawnSync('zsh', ['-n', join(dir, 'zsh')], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
  })

  /** The completion builtins work in the line editor only, so they are replaced by ones that print. */
  function zsh(...words: readonly string[]): string {
    const script = `compdef() { : }
compadd() { [[ $1 == -a ]] && print -rl -- "\${(@P)2}" || print -rl -- "$@" }
_describe() { print -rl -- "\${(@P)argv[-1]%%:*}" }
_files() { print FILES }
_command_names() { print COMMANDS }
compset() { : }
. ./zsh
words=("$@") CURRENT=$#
_team`
    const args = ['-f', '-c', script, 'zsh', ...words]
    return execFileSync('zsh', args, { cwd: dir, env: environment(), encoding: 'utf8' })
      .trim()
      .replaceAll('\n', ' ')
  }

  it.each([
    ['commands', ['team', ''], 'up update attach exec task completion'],
    ['commands after options', ['team', '-f', 'x', '--json', ''], 'up update attach exec task completion'],
    ['subcommands', ['team', 'task', ''], 'run ls'],
    ['options', ['team', 'task', 'run', '-'], '-f --file --json --progress --no-color --kind'],
    ['choices', ['team', 'up', '--progress', ''], 'auto tty plain'],
    ['choices after =', ['team', 'task', 'run', '--kind='], 'prompt shell'],
    ['files for an option', ['team', 'up', '-f', ''], 'FILES'],
    ['nothing for a free value', ['team', 'up', '--wait-timeout', ''], ''],
    ['targets', ['team', 'up', 'web', ''], 'web web:lead web:api role=manager role=$(touch oops) x'],
    ['agents', ['team', 'attach', ''], 'web:lead web:api'],
    ['one agent only', ['team', 'attach', 'web:lead', ''], ''],
    ['shells', ['team', 'completion', ''], 'bash zsh fish'],
    ['commands after --', ['team', 'exec', 'web:lead', '--', ''], 'COMMANDS'],
  ])('offers %s', (_, words, expected) => {
    expect(zsh(...words)).toBe(expected)
  })
})

describe.runIf(hasProgram('fish', 'its completion script is'))('fish', () => {
  it('is valid', () => {
    const result = spawnSync('fish', ['--no-execute', join(dir, 'fish')], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
  })

  function fish(line: string): string {
    const args = ['--no-config', '-c', 'source ./fish; complete -C $argv[1]', line]
    const shown = lines(execFileSync('fish', args, { cwd: dir, env: environment(), encoding: 'utf8' }))
    return shown
      .map((entry) => entry.split('\t')[0])
      .sort()
      .join(' ')
  }

  it.each([
    ['commands', 'team ', 'attach completion exec task up update'],
    ['commands after options', 'team --json -f x.yaml at', 'attach'],
    ['subcommands', 'team task ', 'ls run'],
    ['options', 'team up --wa', '--wait --wait-timeout'],
    ['options of the root', 'team up --j', '--json'],
    ['choices', 'team up --progress ', 'auto plain tty'],
    ['files for an option', 'team --file ro', 'roles.yaml'],
    ['targets', 'team up web:', 'web:api web:lead'],
    ['one agent only', 'team attach web:lead ', ''],
    ['shells', 'team completion ', 'bash fish zsh'],
  ])('offers %s', (_, line, expected) => {
    expect(fish(line)).toBe(expected)
  })
})
