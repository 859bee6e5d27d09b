/** Keys that have a name in tmux. */
const named =
  /^(?:Enter|Escape|Tab|BTab|Space|BSpace|Up|Down|Left|Right|Home|End|PageUp|PPage|PgUp|PageDown|NPage|PgDn|IC|Insert|DC|Delete|F(?:[1-9]|1[0-2]))$/

/**
 * Is this a key name that tmux presses as one key? Anything else it would type letter by letter, so a
 * misspelt name must be refused.
 */
export function isTmuxKey(name: string): boolean {
  const bare = name.replace(/^(?:[CMS]-)*(?=.)/, '')
  if (named.test(bare)) return true
  return [...bare].length === 1 && !/\p{Cc}/u.test(bare)
}
