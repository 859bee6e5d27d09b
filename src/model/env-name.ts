/** What every shell can export. */
const pattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Names that dash or bash keep for themselves: an export of them fails or arrives as something else. */
const ownedByShell = new Set([
  ...['_', 'BASHOPTS', 'BASHPID', 'BASH_ARGC', 'BASH_ARGV', 'BASH_COMMAND', 'BASH_LINENO', 'BASH_SOURCE'],
  ...['BASH_SUBSHELL', 'BASH_VERSINFO', 'DIRSTACK', 'EPOCHREALTIME', 'EPOCHSECONDS', 'EUID', 'FUNCNAME'],
  ...['GROUPS', 'HISTCMD', 'LINENO', 'OPTIND', 'PPID', 'RANDOM', 'SECONDS', 'SHELLOPTS', 'SHLVL', 'SRANDOM'],
  'UID',
])

/** Why an agent cannot be given a variable of this name, as the end of a sentence; null when it can. */
export function envNameProblem(name: string): string | null {
  if (!pattern.test(name)) return 'is not a name that a shell can export (letters, digits and _)'
  if (ownedByShell.has(name)) return 'is a variable that the shell sets itself'
  return null
}
