import type { CommandNode } from '../../model/command-tree.ts'
import {
  caseBranches,
  type OptionOutline,
  type OptionValue,
  outline,
  shellWord,
  valueBranches,
} from './outline.ts'

/** Works both sourced and as a file `_team` in `$fpath`. */
export function zshCompletion(root: CommandNode): string {
  const commands = outline(root)
  const words = caseBranches(commands, ({ subcommands }) =>
    subcommands.length === 0 ? null : `reply=(${subcommands.map(described).join(' ')})`,
  )
  const options = caseBranches(commands, ({ trail, options: own }) =>
    trail === '' || own.length === 0 ? null : `reply+=(${own.flatMap(describedNames).join(' ')})`,
  )
  const args = caseBranches(commands, ({ args: kind }) => (kind === 'none' ? null : `REPLY=${kind}`))
  return template
    .replaceAll('@NAME@', () => root.name)
    .replace('@WORDS@', () => words.join('\n'))
    .replace('@SHARED@', () => (commands[0]?.options ?? []).flatMap(describedNames).join(' '))
    .replace('@OPTIONS@', () => options.join('\n'))
    .replace('@VALUES@', () => valueBranches(commands, valueWord).join('\n'))
    .replace('@ARGS@', () => args.join('\n'))
}

function described(entry: { readonly name: string; readonly description: string }): string {
  return shellWord(`${entry.name}:${entry.description}`)
}

function describedNames(option: OptionOutline): readonly string[] {
  return option.names.map((name) => described({ name, description: option.description }))
}

function valueWord(value: OptionValue): string {
  if (value.kind !== 'choices') return `REPLY=${value.kind}`
  return `REPLY=choices reply=(${value.choices.map(shellWord).join(' ')})`
}

const template = `#compdef @NAME@
# zsh completion of @NAME@. Load it with: source <(@NAME@ completion zsh)
# or save it as _@NAME@ in a directory of your $fpath.

# Sets reply to the commands below the command $1, with descriptions.
_@NAME@_words() {
  reply=()
  case $1 in
@WORDS@
  esac
}

# Sets reply to the options of the command $1, with descriptions.
_@NAME@_options() {
  reply=(@SHARED@)
  case $1 in
@OPTIONS@
  esac
}

# Sets REPLY to what follows the option $2 of the command $1: file, choices (in reply), any; empty: nothing.
_@NAME@_value() {
  REPLY='' reply=()
  case "$1|$2" in
@VALUES@
  esac
}

# Sets REPLY to what follows the command $1.
_@NAME@_args() {
  REPLY=''
  case $1 in
@ARGS@
  esac
}

_@NAME@() {
  local trail='' pending='' word REPLY=''
  local -i i operands=0 rest=0
  local -a reply files

  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $pending ]]; then
      [[ $pending == (-f|--file) ]] && files+=(-f "\${word/#\\~\\//$HOME/}")
      pending=''
      continue
    fi
    case $word in
      --) rest=$((CURRENT - i)); break ;;
      --file=*) files+=(-f "\${word#*=}") ;;
      -*=*) ;;
      -*)
        _@NAME@_value "$trail" "$word"
        [[ -n $REPLY ]] && pending=$word
        ;;
      *)
        _@NAME@_words "$trail"
        if ((operands == 0)) && [[ -n \${(M)reply:#$word:*} ]]; then
          trail=\${trail:+$trail }$word
        else
          ((operands++))
        fi
        ;;
    esac
  done

  local current=\${(Q)words[CURRENT]}
  if [[ -n $pending ]]; then
    _@NAME@_value "$trail" "$pending"
  elif ((rest == 1)); then
    _command_names -e
    return
  elif ((rest > 1)); then
    REPLY=file
  elif [[ $current == --*=* ]]; then
    _@NAME@_value "$trail" "\${current%%=*}"
    compset -P '*='
  elif [[ $current == -* ]]; then
    _@NAME@_options "$trail"
    _describe -o option reply
    return
  else
    if ((operands == 0)); then
      _@NAME@_words "$trail"
      ((\${#reply})) && _describe command reply
    fi
    _@NAME@_args "$trail"
    [[ $REPLY == (agent|shells) ]] && ((operands > 0)) && REPLY=''
  fi

  case $REPLY in
    choices) compadd -a reply ;;
    shells) compadd bash zsh fish ;;
    file|files) _files ;;
    targets|agent)
      reply=(\${(f)"$(@NAME@ $files __complete \${REPLY%s}s 2> /dev/null)"})
      compadd -a reply
      ;;
  esac
}

if [[ $funcstack[1] == _@NAME@ ]]; then
  _@NAME@ "$@"
else
  compdef _@NAME@ @NAME@
fi
`
