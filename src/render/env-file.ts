import { TeamError } from '../errors.ts'
import { envNameProblem } from '../model/env-name.ts'
import { shellQuote } from './quote.ts'

/**
 * Text of an agent's `env` file, which the wrapper sources: one `export` a variable, in the given order.
 * Holds secrets: only for a file of mode 0600.
 * @throws TeamError `compose-invalid` for a name that cannot be exported or a value with a NUL.
 */
export function renderEnvFile(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => {
    const problem = envNameProblem(name)
    if (problem !== null) {
      throw new TeamError('compose-invalid', `environment variable ${JSON.stringify(name)} ${problem}`, {
        hint: 'Rename it, or leave it out of env, env_file and pass_env.',
      })
    }
    return `export ${name}=${shellQuote(value)}\n`
  })
  // Ends in a command of its own, so that sourcing an empty environment succeeds too.
  return `${lines.join('')}:\n`
}
