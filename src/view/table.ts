import type { Paint, Style } from './style.ts'
import { displayWidth, truncate } from './width.ts'

/**
 * Borderless table with aligned columns, light enough for `team ps`: cli-table3 takes tens of
 * milliseconds for 50 rows, this one a fraction of a millisecond.
 */

export interface Column {
  readonly title: string
  /** Columns with a number are left out on narrow screens, the highest first; null: stays. */
  readonly dropOrder: number | null
}

export interface Cell {
  /** Without control characters. */
  readonly text: string
  readonly paint: Paint | null
}

/** Blanks between two columns. */
export const columnGap = 3
const readableWidth = 6

/**
 * One line per row below a line of titles; none is longer than `width` columns.
 * @param width columns of the screen; null: as wide as the text needs
 */
export function alignedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { readonly width: number | null; readonly style: Style },
): string {
  const widths = rows.map((cells) => cells.map(({ text }) => displayWidth(text)))
  const natural = columns.map(({ title }, index) =>
    widths.reduce((most, row) => Math.max(most, row[index] ?? 0), displayWidth(title)),
  )
  const slots = layOut(columns, natural, options.width)
  const lines = rows.map((cells, row) =>
    renderLine(
      slots.map(({ index, width }) => ({
        text: cells[index]?.text ?? '',
        natural: widths[row]?.[index] ?? 0,
        width,
        paint: cells[index]?.paint ?? null,
      })),
    ),
  )
  return [titleLine(columns, slots, options.style), ...lines].join('\n')
}

export function titleLine(columns: readonly Column[], slots: readonly Slot[], { bold }: Style): string {
  return renderLine(
    slots.map(({ index, width }) => {
      const text = columns[index]?.title ?? ''
      return { text, natural: displayWidth(text), width, paint: bold }
    }),
  )
}

/** Which columns there is room for, and how wide they are. `limit` null: as wide as the texts need. */
export function layOut(
  columns: readonly Column[],
  natural: readonly number[],
  limit: number | null,
): readonly Slot[] {
  return limit === null ? everything(natural) : fitColumns(columns, natural, limit)
}

export interface Slot {
  /** Of the column. */
  readonly index: number
  readonly width: number
}

function everything(natural: readonly number[]): readonly Slot[] {
  return natural.map((width, index) => ({ index, width }))
}

/** Drops what may be dropped, then narrows the widest columns, then drops from the right. */
function fitColumns(columns: readonly Column[], natural: readonly number[], limit: number): readonly Slot[] {
  const slots = [...everything(natural)]
  const droppable = columns
    .flatMap(({ dropOrder }, index) => (dropOrder === null ? [] : [{ index, dropOrder }]))
    .sort((a, b) => b.dropOrder - a.dropOrder)
  for (const { index } of droppable) {
    if (totalWidth(slots) <= limit) break
    slots.splice(
      slots.findIndex((slot) => slot.index === index),
      1,
    )
  }
  for (;;) {
    const narrowed = narrow(slots, limit)
    if (totalWidth(narrowed) <= limit || narrowed.length <= 1) {
      return narrowed.map((slot) => ({ ...slot, width: Math.min(slot.width, Math.max(1, limit)) }))
    }
    slots.pop()
  }
}

/** Takes columns from the widest slot, one at a time, as long as all stay readable. */
function narrow(slots: readonly Slot[], limit: number): readonly Slot[] {
  const widths = slots.map((slot) => slot.width)
  for (let excess = totalWidth(slots) - limit; excess > 0; excess--) {
    const widest = Math.max(...widths)
    if (widest <= readableWidth) break
    widths[widths.lastIndexOf(widest)] = widest - 1
  }
  return slots.map((slot, position) => ({ ...slot, width: widths[position] ?? slot.width }))
}

function totalWidth(slots: readonly Slot[]): number {
  return slots.reduce((sum, slot) => sum + slot.width, 0) + columnGap * Math.max(0, slots.length - 1)
}

interface Measured {
  readonly text: string
  /** Columns that it takes, and that it may take. */
  readonly natural: number
  readonly width: number
  readonly paint: Paint | null
}

function renderLine(cells: readonly Measured[]): string {
  const lastFilled = cells.findLastIndex(({ text }) => text !== '')
  let line = ''
  for (const [position, cell] of cells.entries()) {
    if (position > lastFilled) break
    const { shown, used } = fitted(cell)
    line += position < lastFilled ? `${shown}${blanks(cell.width - used + columnGap)}` : shown
  }
  return line
}

/** A cell with the blanks up to the next. */
export function paddedCell(cell: Cell | undefined, width: number): string {
  const text = cell?.text ?? ''
  const { shown, used } = fitted({ text, natural: displayWidth(text), width, paint: cell?.paint ?? null })
  return `${shown}${blanks(width - used + columnGap)}`
}

function fitted({ text: whole, natural, width, paint }: Measured): { shown: string; used: number } {
  const text = natural <= width ? whole : truncate(whole, width)
  const used = natural <= width ? natural : displayWidth(text)
  return { shown: paint !== null && text !== '' ? paint(text) : text, used }
}

const blank = ' '.repeat(64)

export function blanks(count: number): string {
  return count <= blank.length ? blank.slice(0, Math.max(0, count)) : ' '.repeat(count)
}
