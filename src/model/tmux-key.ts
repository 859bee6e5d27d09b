/** Keys that have a name in tmux. */
export const tmuxKeyNames: readonly string[] = [
  ...['Enter', 'Escape', 'Tab', 'BTab', 'Space', 'BSpace', 'Up', 'Down', 'Left', 'Right', 'Home', 'End'],
  ...['PageUp', 'PPage', 'PageDown', 'NPage', 'IC', 'Insert', 'DC', 'Delete'],
  ...Array.from({ length: 12 }, (_, index) => `F${index + 1}`),
]

/** `C-`, `M-` and `S-` in front of a key: `C-M-x` → `C-M-` and `x`. */
export function splitTmuxKey(name: string): { readonly modifiers: string; readonly key: string } {
  const [, modifiers = '', key = ''] = /^((?:[CMS]-)*)(.+)$/su.exec(name) ?? []
  return { modifiers, key }
}

/**
 * Is this a key name that tmux presses as one key? Anything else it would type letter by letter, so a
 * misspelt name must be refused.
 */
export function isTmuxKey(name: string): boolean {
  const { key } = splitTmuxKey(name)
  return tmuxKeyNames.includes(key) || ([...key].length === 1 && /^[^\s\p{C}]$/u.test(key))
}
