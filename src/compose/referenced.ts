import { TeamError } from '../errors.ts'
import { addMergedProblem, type Loading, shown } from './loading.ts'
import type { KeyPath } from './problem.ts'

/**
 * The text of a file that `path` of the team names. Null when it cannot be read, which is a problem there, or
 * when it is missing and need not be there.
 */
export function readReferenced(
  file: string,
  path: KeyPath,
  loading: Loading,
  required = true,
): string | null {
  try {
    const text = loading.reader.read(file)
    if (text === null && required)
      addMergedProblem(loading, path, 'value', `no such file: ${shown(loading, file)}`)
    return text
  } catch (error) {
    if (!(error instanceof TeamError)) throw error
    addMergedProblem(loading, path, 'value', error.message)
    return null
  }
}
