import { safeText } from './human.ts'
import type { Style } from './style.ts'
import { blanks, type Cell, type Column, columnGap, layOut, paddedCell, titleLine } from './table.ts'
import { displayWidth, isPlain, truncate } from './width.ts'

/** One of ten thousand rows, most of whose cells are those of others too. */
export interface LongRow {
  /** The first cell, without control characters. */
  readonly first: string
  /** Those between: the same array for all rows that have these in common, as they are made once. */
  readonly shared: readonly Cell[]
  /** The last cell; it need not be safe to show. */
  readonly last: string
}

/**
 * What `alignedTable` makes of the same cells, in a tenth of the time.
 * @param cellsOf is called twice for each row: to keep what it makes costs more than to make it again
 */
export function longTable<Row>(
  columns: readonly Column[],
  rows: readonly Row[],
  cellsOf: (row: Row) => LongRow,
  options: { readonly width: number | null; readonly style: Style },
): string {
  const { natural, blocks } = measure(columns, rows, cellsOf)
  const slots = layOut(columns, natural, options.width)
  const inner = slots.filter(({ index }) => index > 0 && index < columns.length - 1)
  for (const cells of blocks.keys()) {
    blocks.set(cells, inner.map(({ index, width }) => paddedCell(cells[index - 1], width)).join(''))
  }
  const widthOf = (index: number) => slots.find((slot) => slot.index === index)?.width ?? 0
  const begin = padder(widthOf(0))
  const end = widthOf(columns.length - 1)
  const line = (row: Row): string => {
    const { first, shared, last } = cellsOf(row)
    const tail = end === 0 ? '' : narrowed(isPlain(last) ? last : safeText(last), end)
    const text = `${begin(first)}${blocks.get(shared) ?? ''}${tail}`
    return tail === '' ? text.trimEnd() : text
  }
  const parts = [titleLine(columns, slots, options.style)]
  // A hundred at a time: what is thrown away soon costs next to nothing, what stays is moved about.
  for (let from = 0; from < rows.length; from += 100) {
    parts.push(
      rows
        .slice(from, from + 100)
        .map(line)
        .join('\n'),
    )
  }
  return parts.join('\n')
}

/** Columns that the widest cell of each column takes; and each block of shared cells, still without its text. */
function measure<Row>(columns: readonly Column[], rows: readonly Row[], cellsOf: (row: Row) => LongRow) {
  const blocks = new Map<readonly Cell[], string>()
  let firsts = 0
  let lasts = 0
  for (const row of rows) {
    const { first, shared, last } = cellsOf(row)
    blocks.set(shared, '')
    firsts = Math.max(firsts, displayWidth(first))
    lasts = Math.max(lasts, isPlain(last) ? last.length : displayWidth(safeText(last)))
  }
  const between = columns.slice(1, -1).map((_, at) => widest(blocks.keys(), at))
  const own = [firsts, ...between, lasts]
  const natural = columns.map(({ title }, index) => Math.max(displayWidth(title), own[index] ?? 0))
  return { natural, blocks }
}

function widest(blocks: Iterable<readonly Cell[]>, at: number): number {
  let most = 0
  for (const cells of blocks) most = Math.max(most, displayWidth(cells[at]?.text ?? ''))
  return most
}

/** No character takes more than two columns. */
function narrowed(text: string, width: number): string {
  return text.length * 2 <= width || displayWidth(text) <= width ? text : truncate(text, width)
}

function padder(width: number): (text: string) => string {
  const pads: string[] = []
  return (text) => {
    const shown = narrowed(text, width)
    const used = displayWidth(shown)
    const pad = pads[used] ?? blanks(width - used + columnGap)
    pads[used] = pad
    return `${shown}${pad}`
  }
}
