import { safeText } from './human.ts'
import type { Style } from './style.ts'
import { blanks, type Cell, type Column, columnGap, layOut, paddedCell, titleLine } from './table.ts'
import { displayWidth, isPlain, truncate } from './width.ts'

/** One of ten thousand rows, most of whose cells are those of others too. */
export interface LongRow {
  /** The first cell, of printable ASCII. */
  readonly first: string
  /** Those between: the same array for all rows that have these in common, as they are made once. */
  readonly shared: readonly Cell[]
  /** The last cell; it need not be safe to show. */
  readonly last: string
}

/** What `alignedTable` makes of the same cells, in a tenth of the time. */
export function longTable<Row>(
  columns: readonly Column[],
  rows: readonly Row[],
  cellsOf: (row: Row) => LongRow,
  options: { readonly width: number | null; readonly style: Style },
): string {
  const { firsts, lasts, shared, natural } = measure(columns, rows, cellsOf)
  const slots = layOut(columns, natural, options.width)
  const inner = slots.filter(({ index }) => index > 0 && index < columns.length - 1)
  const block = (cells: readonly Cell[]) =>
    inner.map(({ index, width }) => paddedCell(cells[index - 1], width)).join('')
  const blocks = new Map([...new Set(shared)].map((cells) => [cells, block(cells)]))
  const widthOf = (index: number) => slots.find((slot) => slot.index === index)?.width ?? 0
  const begin = padder(widthOf(0))
  const end = widthOf(columns.length - 1)
  const line = (cells: readonly Cell[], row: number): string => {
    const last = lasts[row] ?? ''
    // No letter takes more than two columns.
    const tail = last.length * 2 <= end ? last : truncate(last, end)
    const text = `${begin(firsts[row] ?? '')}${blocks.get(cells) ?? ''}${tail}`
    return tail === '' ? text.trimEnd() : text
  }
  const parts = [titleLine(columns, slots, options.style)]
  // A hundred at a time: what is thrown away soon costs next to nothing, what stays is moved about.
  for (let from = 0; from < shared.length; from += 100) {
    const some = shared.slice(from, from + 100)
    parts.push(some.map((cells, at) => line(cells, from + at)).join('\n'))
  }
  return parts.join('\n')
}

/** The cells column by column, safe to show, and what the widest of each column takes. */
function measure<Row>(columns: readonly Column[], rows: readonly Row[], cellsOf: (row: Row) => LongRow) {
  const firsts: string[] = []
  const lasts: string[] = []
  const shared: (readonly Cell[])[] = []
  let widestFirst = 0
  let widestLast = 0
  for (const row of rows) {
    const cells = cellsOf(row)
    const plain = isPlain(cells.last)
    const last = plain ? cells.last : safeText(cells.last)
    const width = plain ? last.length : displayWidth(last)
    if (cells.first.length > widestFirst) widestFirst = cells.first.length
    if (width > widestLast) widestLast = width
    firsts.push(cells.first)
    lasts.push(last)
    shared.push(cells.shared)
  }
  const blocks = new Set(shared)
  const between = columns.slice(1, -1).map((_, at) => widest(blocks, at))
  const own = [widestFirst, ...between, widestLast]
  const natural = columns.map(({ title }, index) => Math.max(displayWidth(title), own[index] ?? 0))
  return { firsts, lasts, shared, natural }
}

function widest(blocks: Iterable<readonly Cell[]>, at: number): number {
  let most = 0
  for (const cells of blocks) most = Math.max(most, displayWidth(cells[at]?.text ?? ''))
  return most
}

/** For printable ASCII. */
function padder(width: number): (text: string) => string {
  let length = -1
  let pad = ''
  return (text) => {
    if (text.length > width) return `${truncate(text, width)}${blanks(columnGap)}`
    if (text.length !== length) {
      length = text.length
      pad = blanks(width - length + columnGap)
    }
    return `${text}${pad}`
  }
}
