import type { Prompt } from '../model/agent.ts'
import { longestStringBytes } from '../model/names.ts'
import type { AgentFile } from './file.ts'
import { addMergedProblem, type Loading } from './loading.ts'
import type { KeyPath } from './problem.ts'
import { withoutBom } from './read.ts'
import { readReferenced } from './referenced.ts'

/** The agent's first prompt, read from its file if it has one; null: none, or a problem that is reported. */
export function resolvePrompt(agent: AgentFile, path: KeyPath, loading: Loading): Prompt | null {
  const { prompt: text, prompt_file: file } = agent
  if (text !== undefined && file !== undefined) {
    addMergedProblem(loading, [...path, 'prompt_file'], 'key', '"prompt" is given too; keep one of them')
    return null
  }
  if (text !== undefined) return checked({ text, file: null }, [...path, 'prompt'], loading)
  if (file === undefined) return null
  const content = readReferenced(file, [...path, 'prompt_file'], loading)
  return content === null
    ? null
    : checked({ text: withoutBom(content), file }, [...path, 'prompt_file'], loading)
}

/** A prompt travels as one argument. */
function checked(prompt: Prompt, path: KeyPath, loading: Loading): Prompt | null {
  const message = promptProblem(prompt.text)
  if (message !== null) addMergedProblem(loading, path, 'value', message)
  return message === null ? prompt : null
}

function promptProblem(text: string): string | null {
  if (text.trim() === '') return 'the prompt is empty'
  if (text.includes('\0')) return 'has a NUL byte, which no program can receive'
  const bytes = Buffer.byteLength(text)
  return bytes > longestStringBytes
    ? `the prompt is ${bytes} bytes long; it can have at most ${longestStringBytes}`
    : null
}
