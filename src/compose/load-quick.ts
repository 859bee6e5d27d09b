import { TeamError } from '../errors.ts'
import { type FoundFiles, findComposeFiles } from './find.ts'
import { type LoadedCompose, type LoadInput, loadComposeWith } from './load-with.ts'
import { parseTreeQuickly } from './quick-tree.ts'

/**
 * `loadCompose`, but fast where nothing is wrong: the slow parser, which decides what is an error and says so,
 * is brought in only when the quick one, or anything after it, finds a fault. Throws what `loadCompose` throws.
 */
export async function loadComposeQuickly(
  input: LoadInput,
  found: FoundFiles = findComposeFiles(input),
): Promise<LoadedCompose> {
  let stdin: string | null = null
  const readStdin = (): string => {
    stdin ??= input.readStdin()
    return stdin
  }
  const again = { ...input, readStdin }
  try {
    return loadComposeWith(parseTreeQuickly, again, found)
  } catch (error) {
    if (!(error instanceof TeamError) || error.code !== 'compose-invalid') throw error
    const { loadCompose } = await import('./load.ts')
    return loadCompose(again, found)
  }
}
