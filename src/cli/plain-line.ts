import type { CommandSpec, OptionSpec } from './command.ts'
import { globalOptions } from './global-options.ts'
import type { ParsedLine } from './invoke.ts'
import { commandSpecs } from './specs.ts'

/**
 * A line of a command's name and switches (`team ps -a`, `team task ls -a -q`), which is understood without the parser: to
 * load that would cost such a line a fifth of its time. null: the line has more to it, or something is wrong with it.
 */
export function plainLine(
  argv: readonly string[],
): { readonly spec: CommandSpec; readonly line: ParsedLine } | null {
  const [name, ...words] = argv
  const top = commandSpecs.find((spec) => spec.name === name)
  const spec = top?.subcommands?.find((sub) => sub.name === words[0]) ?? top
  if (spec === undefined || spec.subcommands !== undefined || spec.args.includes('<')) return null
  const options: Record<string, true> = {}
  for (const word of spec === top ? words : words.slice(1)) {
    const option = switchOf(word, spec)
    if (option === null) return null
    options[option] = true
  }
  const { json = false, quiet = false, debug = false } = options
  return { spec, line: { args: [], options, globals: { files: [], json, quiet, progress: 'auto', debug } } }
}

/** The name of the option that this word sets; null: it is none, or takes a value, or its command has others that are set without it. */
function switchOf(word: string, spec: CommandSpec): string | null {
  if (spec.options.some(isNegated)) return null
  const own = spec.options.find((option) => names(option).includes(word))
  const option = own ?? globalOptions.find((known) => names(known).includes(word))
  if (option === undefined || isNegated(option) || option.flags.includes(' <') || option.flags.includes('['))
    return null
  const long = names(option).at(-1) ?? ''
  return long.replace('--', '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function isNegated({ flags }: OptionSpec): boolean {
  return flags.startsWith('--no-')
}

/** `-a, --all <what>` → `-a`, `--all`. */
function names({ flags }: OptionSpec): readonly string[] {
  return flags.replace(/ [<[].*/, '').split(', ')
}
