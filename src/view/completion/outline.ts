import type { CommandNode, CommandOption } from '../../model/command-tree.ts'

/** One command of the tree, with all that completion needs to know about it. */
export interface CommandOutline {
  /** The words after the program's name that lead here: `''`, `'up'`, `'task run'`. */
  readonly trail: string
  readonly args: CommandNode['args']
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  /** Its own; those of the root may follow any command. */
  readonly options: readonly OptionOutline[]
}

export interface OptionOutline {
  /** With their dashes: `-f`, `--file`. */
  readonly names: readonly string[]
  readonly description: string
  readonly value: OptionValue
}

export type OptionValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'any' }
  | { readonly kind: 'file' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }

/** Every command of a tree, the root first. */
export function outline(root: CommandNode): readonly CommandOutline[] {
  const shared = new Set(root.options.flatMap((option) => optionOutline(option).names))
  const visit = (node: CommandNode, trail: string): readonly CommandOutline[] => [
    {
      trail,
      args: node.args,
      subcommands: node.subcommands.map(({ name, description }) => ({ name, description })),
      options: node.options
        .map(optionOutline)
        .filter((option) => trail === '' || !option.names.every((name) => shared.has(name))),
    },
    ...node.subcommands.flatMap((child) =>
      visit(child, trail === '' ? child.name : `${trail} ${child.name}`),
    ),
  ]
  return visit(root, '')
}

function optionOutline(option: CommandOption): OptionOutline {
  return {
    names: option.flags.match(/(?<![\w-])--?[A-Za-z0-9][\w-]*/g) ?? [],
    description: option.description,
    value: optionValue(option),
  }
}

/** A placeholder such as `<path>` tells that files are meant. */
function optionValue(option: CommandOption): OptionValue {
  if (!option.takesValue) return { kind: 'none' }
  if (option.choices !== null) return { kind: 'choices', choices: option.choices }
  return /[<[](?:[\w-]*-)?(?:file|path|dir|directory)\b/i.test(option.flags)
    ? { kind: 'file' }
    : { kind: 'any' }
}

/** Text as one word of a POSIX shell, in single quotes. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** One line of a case statement of sh for each value; commands with the same value share it. */
export function caseBranches(
  outlines: readonly CommandOutline[],
  body: (command: CommandOutline) => string | null,
): readonly string[] {
  const patterns = new Map<string, string[]>()
  for (const command of outlines) {
    const text = body(command)
    if (text !== null) patterns.set(text, [...(patterns.get(text) ?? []), shellWord(command.trail)])
  }
  return [...patterns].map(([text, trails]) => `    ${trails.join('|')}) ${text} ;;`)
}

/** Branches over `command|option` that say what follows an option; nothing follows one that is not listed. */
export function valueBranches(
  outlines: readonly CommandOutline[],
  body: (value: OptionValue) => string,
): readonly string[] {
  return outlines
    .flatMap((command) => command.options.map((option) => ({ command, option })))
    .filter(({ option }) => option.value.kind !== 'none')
    .map(({ command, option }) => {
      const patterns = option.names.map((name) =>
        command.trail === '' ? `*${shellWord(`|${name}`)}` : shellWord(`${command.trail}|${name}`),
      )
      return { isShared: command.trail === '', line: `    ${patterns.join('|')}) ${body(option.value)} ;;` }
    })
    .sort((a, b) => Number(a.isShared) - Number(b.isShared))
    .map(({ line }) => line)
}
