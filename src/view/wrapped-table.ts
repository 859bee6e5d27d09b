import Table from 'cli-table3'

/**
 * Borderless table whose cells wrap within their column. Slow to load and to draw (tens of ms), so only
 * for commands that nobody runs in a loop: load it lazily.
 */

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '   ',
} as const

const gapWidth = noBorders.middle.length
const narrowest = 20

/**
 * Lines of a table; cells may be coloured, and hold `\n`.
 * @param layout.widths of all columns of the table but the last, in columns of the screen; null: as needed
 * @param layout.screen columns of the screen; null: nothing is wrapped
 */
export function wrappedTable(
  rows: readonly (readonly string[])[],
  layout: { readonly widths: readonly (number | null)[]; readonly screen: number | null },
): readonly string[] {
  if (rows.length === 0) return []
  const taken = layout.widths.reduce<number>((sum, width) => sum + (width ?? 0) + gapWidth, 0)
  const last = layout.screen === null ? null : Math.max(narrowest, layout.screen - taken)
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    wordWrap: last !== null,
    colWidths: [...layout.widths, last],
  })
  table.push(...rows.map((cells) => [...cells]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}
