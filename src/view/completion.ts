import type { CommandNode } from '../model/command-tree.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { zshCompletion } from './completion/zsh.ts'

export const completionShells = ['bash', 'zsh', 'fish'] as const

export type CompletionShell = (typeof completionShells)[number]

/**
 * The completion script of a shell. Commands and options are written into it; targets are asked for when
 * they are needed, with `team __complete targets|agents`: one candidate a line, nothing on failure.
 */
export function completionScript(shell: CompletionShell, root: CommandNode): string {
  switch (shell) {
    case 'bash':
      return bashCompletion(root)
    case 'zsh':
      return zshCompletion(root)
    case 'fish':
      return fishCompletion(root)
    default:
      return shell satisfies never
  }
}
