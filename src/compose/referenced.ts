import { TeamError } from '../errors.ts'
import { addMergedProblem, type Loading, shown } from './loading.ts'
import type { KeyPath } from './problem.ts'

/** The text of a file that `path` of the team names. Null when it cannot be read: that is a problem there. */
export function readReferenced(file: string, path: KeyPath, loading: Loading): string | null {
  try {
    const text = loading.reader.read(file)
    if (text === null) addMergedProblem(loading, path, 'value', `no such file: ${shown(loading, file)}`)
    return text
  } catch (error) {
    if (!(error instanceof TeamError)) throw error
    addMergedProblem(loading, path, 'value', error.message)
    return null
  }
}
