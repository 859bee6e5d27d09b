import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemErrorCode, TeamError } from '../errors.ts'
import { type Invocation, stringOption } from './command.ts'

/** The targets of a `send`, and the prompt: the last argument, a file, or standard input (`-`). @throws TeamError `usage` */
export function promptOf({ args, options, context }: Invocation): {
  readonly targets: readonly string[]
  readonly text: string
} {
  const file = stringOption(options, 'file')
  const targets = file === null ? args.slice(0, -1) : args
  const last = args.at(-1) ?? ''
  const text = file !== null ? readPrompt(file, context) : last === '-' ? context.readStdin() : last
  if (targets.length === 0) {
    throw new TeamError('usage', 'nobody to send it to', {
      hint: 'name an agent before the prompt: team send AGENT TEXT',
    })
  }
  // As `$(…)` does: the end of a file is not a part of what it says.
  const prompt = file !== null || last === '-' ? text.replace(/\n+$/, '') : text
  if (prompt.trim() === '') throw new TeamError('usage', 'the prompt is empty', { hint: 'say something' })
  const control = /(?![\t\n\r])\p{Cc}/u.exec(prompt)
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0')
    throw new TeamError(
      'usage',
      `the prompt holds a control character (U+${code}) at position ${control.index}`,
      {
        hint: 'a terminal would take it for a key: leave it out, or press keys with: team keys',
      },
    )
  }
  return { targets, text: prompt }
}

function readPrompt(file: string, context: Invocation['context']): string {
  if (file === '-') return context.readStdin()
  try {
    return readFileSync(resolve(context.cwd, file), 'utf8')
  } catch (error) {
    throw new TeamError('usage', `cannot read ${file}: ${systemErrorCode(error) ?? 'not a text file'}`, {
      hint: 'the file is looked for from this directory',
      cause: error,
    })
  }
}
