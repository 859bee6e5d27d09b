/**
 * Quotes one argument for tmux's own command language (source-file). Single quotes are literal there: no
 * variables, formats or escapes; a quote itself is put between two quoted parts. So is a newline, as an
 * escape: even in quotes tmux joins a line that ends in a backslash to the next one, drops the blanks that
 * begin a line, and takes what follows a `#` there for a comment.
 */
function tmuxQuote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`).replaceAll('\n', `'"\\n"'`)}'`
}

/** One line of a source-file; an argument may hold anything but NUL. */
export function tmuxLine(command: readonly string[]): string {
  return command.map(tmuxQuote).join(' ')
}

/** A command, or a line as it stands. */
export type SourceLine = readonly string[] | string

/** One line, of which each command is left out when the one before has failed. */
export function tmuxSequence(commands: readonly (readonly string[])[]): string {
  return commands.map(tmuxLine).join(' ; ')
}

/** Keeps `#{…}` and `%H` of a literal text from being expanded where tmux expands formats and dates. */
export function tmuxLiteralFormat(text: string): string {
  return text.replaceAll('#', '##').replaceAll('%', '%%')
}

/** Exact target of a session's active pane. A bare name would also match a longer one (measured on 3.3a). */
export function exactTarget(session: string): string {
  return `=${session}:`
}
