/** The commands as shell completion needs to know them, whatever parses them. */
export interface CommandNode {
  /** Word to type; of the root: the program. */
  readonly name: string
  /** One line. */
  readonly description: string
  /** Those of the root may follow any command. */
  readonly options: readonly CommandOption[]
  /** What the words after the command are; of `agent` and `shells` only the first one. */
  readonly args: 'targets' | 'agent' | 'shells' | 'files' | 'none'
  readonly subcommands: readonly CommandNode[]
}

export interface CommandOption {
  /** As in a usage text: `-f, --file <path>`. */
  readonly flags: string
  readonly description: string
  readonly takesValue: boolean
  /** The values it accepts; null: any. */
  readonly choices: readonly string[] | null
}
