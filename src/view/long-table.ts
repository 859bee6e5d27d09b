import { safeText } from './human.ts'
import type { Style } from './style.ts'
import { blanks, type Cell, type Column, columnGap, layOut, paddedCell, titleLine } from './table.ts'
import { displayWidth, isPlain, truncate } from './width.ts'

/** The cells of ten thousand rows, most of which are those of others too. Column by column: a row of its own for each costs more. */
export interface LongRows {
  /** The first cell of each row, of printable ASCII. */
  readonly firsts: readonly string[]
  /** Those between: the same array for all rows that have these in common, as they are made once. */
  readonly shared: readonly (readonly Cell[])[]
  /** The last cell of each row; it need not be safe to show. */
  readonly lasts: readonly string[]
}

/** What `alignedTable` makes of the same cells, in a tenth of the time. */
export function longTable(
  columns: readonly Column[],
  { firsts, shared, lasts: foreign }: LongRows,
  options: { readonly width: number | null; readonly style: Style },
): string {
  const { lasts, widths, widestLast } = measured(foreign)
  const slots = layOut(columns, natural(columns, firsts, shared, widestLast), options.width)
  const inner = slots.filter(({ index }) => index > 0 && index < columns.length - 1)
  const block = (cells: readonly Cell[]) =>
    inner.map(({ index, width }) => paddedCell(cells[index - 1], width)).join('')
  const blocks = new Map([...new Set(shared)].map((cells) => [cells, block(cells)]))
  const widthOf = (index: number) => slots.find((slot) => slot.index === index)?.width ?? 0
  const begin = padder(widthOf(0))
  const end = widthOf(columns.length - 1)
  const line = (cells: readonly Cell[], row: number): string => {
    const last = lasts[row] ?? ''
    const tail = (widths[row] ?? 0) <= end ? last : truncate(last, end)
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

/** Safe to show, and how many columns of the screen each takes. */
function measured(foreign: readonly string[]) {
  const widths = new Array<number>(foreign.length)
  let widestLast = 0
  const lasts = foreign.map((text, row) => {
    const plain = isPlain(text)
    const safe = plain ? text : safeText(text)
    const width = plain ? text.length : displayWidth(safe)
    widths[row] = width
    if (width > widestLast) widestLast = width
    return safe
  })
  return { lasts, widths, widestLast }
}

/** What the widest cell of each column takes. */
function natural(
  columns: readonly Column[],
  firsts: readonly string[],
  shared: LongRows['shared'],
  widestLast: number,
): readonly number[] {
  let widestFirst = 0
  for (const { length } of firsts) if (length > widestFirst) widestFirst = length
  const blocks = new Set(shared)
  const between = columns.slice(1, -1).map((_, at) => widest(blocks, at))
  const own = [widestFirst, ...between, widestLast]
  return columns.map(({ title }, index) => Math.max(displayWidth(title), own[index] ?? 0))
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
