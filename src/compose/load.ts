import type { FoundFiles } from './find.ts'
import { type LoadedCompose, type LoadInput, loadComposeWith } from './load-with.ts'
import { parseTree } from './yaml-tree.ts'

/** From the compose files to the team; see `loadComposeWith` for what it returns and throws. */
export function loadCompose(input: LoadInput, found?: FoundFiles): LoadedCompose {
  return loadComposeWith(parseTree, input, found)
}
