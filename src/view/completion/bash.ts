import type { CommandNode } from '../../model/command-tree.ts'
import { caseBranches, type OptionValue, outline, shellWord, valueBranches } from './outline.ts'

/** Runs in bash 3.2 as well, and needs nothing of the bash-completion package. */
export function bashCompletion(root: CommandNode): string {
  const commands = outline(root)
  const optionNames = (options: (typeof commands)[number]['options']) => options.flatMap(({ names }) => names)
  const shared = optionNames(commands[0]?.options ?? [])
  const words = caseBranches(commands, ({ subcommands }) =>
    subcommands.length === 0 ? null : `echo ${shellWord(subcommands.map(({ name }) => name).join(' '))}`,
  )
  const options = caseBranches(commands, ({ trail, options: own }) =>
    trail === '' || own.length === 0 ? null : `echo ${shellWord(optionNames(own).join(' '))}`,
  )
  const args = caseBranches(commands, ({ args: kind }) => (kind === 'none' ? null : `echo ${kind}`))
  return template
    .replaceAll('@NAME@', () => root.name)
    .replace('@WORDS@', () => words.join('\n'))
    .replace('@SHARED@', () => shellWord(shared.join(' ')))
    .replace('@OPTIONS@', () => options.join('\n'))
    .replace('@VALUES@', () => valueBranches(commands, valueWord).join('\n'))
    .replace('@ARGS@', () => args.join('\n'))
}

function valueWord(value: OptionValue): string {
  return value.kind === 'choices'
    ? `echo ${shellWord(`one of ${value.choices.join(' ')}`)}`
    : `echo ${value.kind}`
}

const template = `# bash completion of @NAME@. Load it with: source <(@NAME@ completion bash)

# The commands below the command $1.
_@NAME@_words() {
  case "$1" in
@WORDS@
  esac
}

# The options of the command $1.
_@NAME@_options() {
  echo @SHARED@
  case "$1" in
@OPTIONS@
  esac
}

# What follows the option $2 of the command $1: a file, one of some words, anything; nothing at all.
_@NAME@_value() {
  case "$1|$2" in
@VALUES@
  esac
}

# What follows the command $1.
_@NAME@_args() {
  case "$1" in
@ARGS@
  esac
}

_@NAME@() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT}
  local trail='' pending='' rest='' kind='' head='' operands=0 i word part candidate
  local -a words files candidates
  files=() candidates=() COMPREPLY=()
  # Not COMP_WORDS: bash cuts those at colons, and web:lead is one word here.
  read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  local last=$((\${#words[@]} - 1))
  local cur=\${words[last]}

  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    if [[ -n $pending ]]; then
      case "$pending" in -f|--file) files+=(-f "\${word/#\\~\\//$HOME/}") ;; esac
      pending=''
      continue
    fi
    case "$word" in
      --) rest=$((last - i)); break ;;
      --file=*) files+=(-f "\${word#*=}") ;;
      -*=*) ;;
      -*) [[ -n $(_@NAME@_value "$trail" "$word") ]] && pending=$word ;;
      *)
        if [[ $operands == 0 && " $(_@NAME@_words "$trail") " == *" $word "* ]]; then
          trail=\${trail:+$trail }$word
        else
          operands=$((operands + 1))
        fi
        ;;
    esac
  done

  part=$cur
  if [[ -n $pending ]]; then
    kind=$(_@NAME@_value "$trail" "$pending")
  elif [[ $rest == 1 ]]; then
    kind=command
  elif [[ -n $rest ]]; then
    kind=file
  elif [[ $cur == --*=* ]]; then
    kind=$(_@NAME@_value "$trail" "\${cur%%=*}")
    part=\${cur#*=}
  elif [[ $cur == -* ]]; then
    kind="one of $(_@NAME@_options "$trail")"
  else
    kind=$(_@NAME@_args "$trail")
    case "$kind" in agent|shells) [[ $operands == 0 ]] || kind='' ;; esac
    [[ $operands == 0 ]] && candidates=($(_@NAME@_words "$trail"))
  fi

  case "$kind" in
    'one of '*) candidates+=(\${kind#one of }) ;;
    shells) candidates+=(bash zsh fish) ;;
    targets|agent)
      while IFS= read -r candidate; do
        [[ $candidate == *[!A-Za-z0-9_:=.,/@%+-]* ]] && printf -v candidate %q "$candidate"
        candidates+=("$candidate")
      done < <(@NAME@ \${files[@]+"\${files[@]}"} __complete "\${kind%s}s" 2> /dev/null)
      ;;
    file|files|command)
      compopt -o filenames 2> /dev/null
      [[ $kind == command ]] && while IFS= read -r candidate; do
        candidates+=("$candidate")
      done < <(compgen -c -- "$part")
      while IFS= read -r candidate; do
        candidates+=("$candidate")
      done < <(compgen -f -- "$part")
      ;;
  esac

  # bash replaces only what follows the last of these, so the answers begin there too.
  for word in : =; do
    if [[ $COMP_WORDBREAKS == *$word* && $cur == *$word* ]]; then
      line=\${cur%"\${cur##*$word}"}
      [[ \${#line} -gt \${#head} ]] && head=$line
    fi
  done
  local before=\${cur%"$part"}
  for candidate in \${candidates[@]+"\${candidates[@]}"}; do
    candidate=$before$candidate
    [[ $candidate == "$cur"* ]] && COMPREPLY+=("\${candidate#"$head"}")
  done
  return 0
}

complete -F _@NAME@ @NAME@
`
