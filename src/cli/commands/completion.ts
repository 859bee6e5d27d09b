import { ExitCode, TeamError } from '../../errors.ts'
import { completionScript, completionShells } from '../../view/completion.ts'
import type { Run } from '../command.ts'
import { commandTree } from '../command-tree.ts'

export const completion: Run = async ({ args }) => {
  const shell = completionShells.find((name) => name === args[0])
  if (shell === undefined) {
    throw new TeamError('usage', `no completion for ${args[0] ?? 'no shell'}`, {
      hint: `shells: ${completionShells.join(', ')}`,
    })
  }
  const script = completionScript(shell, commandTree())
  return { exitCode: ExitCode.ok, json: { shell, script }, human: () => script }
}
