import type { CommandNode } from '../../model/command-tree.ts'
import { type CommandOutline, type OptionOutline, outline } from './outline.ts'

export function fishCompletion(root: CommandNode): string {
  const commands = outline(root)
  const valued = commands.flatMap(({ trail, options }) =>
    options
      .filter((option) => option.value.kind !== 'none')
      .flatMap((option) => option.names.map((name) => fishWord(`${trail === '' ? '*' : trail}|${name}`))),
  )
  const paths = commands.filter(({ trail }) => trail !== '').map(({ trail }) => fishWord(trail))
  return template
    .replaceAll('@NAME@', () => root.name)
    .replace('@PATHS@', () => paths.join(' '))
    .replace('@VALUED@', () => valued.join(' '))
    .replace('@COMPLETIONS@', () => commands.flatMap((each) => commandLines(root.name, each)).join('\n'))
}

function commandLines(program: string, command: CommandOutline): readonly string[] {
  const { trail } = command
  const at = `-n ${fishWord(`__${program}_at ${fishWord(trail)}`)}`
  const first = `-n ${fishWord(`__${program}_at ${fishWord(trail)} first`)}`
  const own = trail === '' ? '' : `${at} `
  return [
    ...command.subcommands.map(
      ({ name, description }) =>
        `complete -c ${program} ${first} -a ${fishWord(name)} -d ${fishWord(description)}`,
    ),
    ...command.options.map(
      (option) =>
        `complete -c ${program} ${own}${optionArguments(option)} -d ${fishWord(option.description)}`,
    ),
    ...argumentLines(program, command.args, at, first),
  ]
}

function argumentLines(
  program: string,
  args: CommandOutline['args'],
  at: string,
  first: string,
): readonly string[] {
  switch (args) {
    case 'targets':
      return [`complete -c ${program} ${at} -a '(__${program}_complete targets)'`]
    case 'agent':
      return [`complete -c ${program} ${first} -a '(__${program}_complete agents)'`]
    case 'shells':
      return [`complete -c ${program} ${first} -a 'bash zsh fish'`]
    case 'files':
      return [`complete -c ${program} ${at} -F`]
    case 'none':
      return []
    default:
      return args satisfies never
  }
}

function optionArguments({ names, value }: OptionOutline): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  switch (value.kind) {
    case 'none':
      return flags.join(' ')
    case 'any':
      return [...flags, '-x'].join(' ')
    case 'file':
      return [...flags, '-r -F'].join(' ')
    case 'choices':
      return [...flags, '-x', '-a', fishWord(value.choices.join(' '))].join(' ')
    default:
      return value satisfies never
  }
}

/** In single quotes fish gives a meaning only to the backslash and the quote. */
function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const template = `# fish completion of @NAME@. Load it with: @NAME@ completion fish | source

# Prints what is typed before the cursor, a line each: the command, how many arguments it has so far, and
# the compose files named.
function __@NAME@_typed
    set -l paths @PATHS@
    set -l valued @VALUED@
    set -l trail
    set -l pending
    set -l operands 0
    set -l files
    set -l tokens (commandline -opc)
    for token in $tokens[2..-1]
        if test -n "$pending"
            contains -- $pending -f --file; and set -a files -f $token
            set pending
            continue
        end
        switch $token
            case --
                set operands rest
                break
            case '--file=*'
                set -a files -f (string replace -- --file= '' $token)
            case '-*=*'
            case '-*'
                if contains -- "*|$token" $valued; or contains -- "$trail|$token" $valued
                    set pending $token
                end
            case '*'
                set -l longer (string trim -- "$trail $token")
                if test $operands = 0; and contains -- $longer $paths
                    set trail $longer
                else
                    set operands (math $operands + 1)
                end
        end
    end
    printf '%s\\n' "$trail" $operands $files
end

# Is the command $argv[1] being typed? With a second argument: and nothing after it yet.
function __@NAME@_at
    set -l typed (__@NAME@_typed)
    test "$typed[2]" != rest; or return 1
    test "$typed[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test "$typed[2]" = 0
end

function __@NAME@_after_dashes
    set -l typed (__@NAME@_typed)
    test "$typed[2]" = rest
end

# The targets or agents of the team.
function __@NAME@_complete
    set -l typed (__@NAME@_typed)
    @NAME@ $typed[3..-1] __complete $argv[1] 2>/dev/null
end

complete -c @NAME@ -f
complete -c @NAME@ -n __@NAME@_after_dashes -F
@COMPLETIONS@
`
