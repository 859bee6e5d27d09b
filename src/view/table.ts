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

const gap = '   '
const readableWidth = 6

/** A column with its cells: lighter than cells of their own for thousands of rows. */
export interface FilledColumn extends Column {
  /** Without control characters; one for each row. */
  readonly texts: readonly string[]
  /** null: as it is. */
  readonly paint: ((row: number) => Paint) | null
}

/**
 * One line per row below a line of titles; none is longer than `width` columns.
 * @param width columns of the screen; null: as wide as the text needs
 */
export function alignedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { readonly width: number | null; readonly style: Style },
): string {
  const filled = columns.map(
    (column, index): FilledColumn => ({
      ...column,
      texts: rows.map((cells) => cells[index]?.text ?? ''),
      paint: (row) => rows[row]?.[index]?.paint ?? asIs,
    }),
  )
  return alignedColumns(filled, rows.length, options)
}

const asIs: Paint = (text) => text

/** The same, column by column. */
export function alignedColumns(
  columns: readonly FilledColumn[],
  rows: number,
  options: { readonly width: number | null; readonly style: Style },
): string {
  const widths = columns.map(({ texts }) => texts.map(displayWidth))
  const natural = widths.map((column, index) =>
    column.reduce((most, width) => Math.max(most, width), displayWidth(columns[index]?.title ?? '')),
  )
  const layout = options.width === null ? everything(natural) : fitColumns(columns, natural, options.width)
  const titles = layout.flatMap(({ index, width }) => {
    const title = columns[index]?.title ?? ''
    return { text: title, natural: displayWidth(title), width, paint: options.style.bold }
  })
  const lines = [renderLine(titles)]
  const slots = layout.flatMap(({ index, width }) => {
    const column = columns[index]
    return column === undefined ? [] : [{ column, width, widths: widths[index] ?? [] }]
  })
  for (let row = 0; row < rows; row += 1)
    lines.push(
      renderLine(
        slots.map(({ column, width, widths: own }) => ({
          text: column.texts[row] ?? '',
          natural: own[row] ?? 0,
          width,
          paint: column.paint?.(row) ?? null,
        })),
      ),
    )
  return lines.join('\n')
}

interface Slot {
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
  return slots.reduce((sum, slot) => sum + slot.width, 0) + gap.length * Math.max(0, slots.length - 1)
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
  for (const [position, { text: whole, natural, width, paint }] of cells.entries()) {
    if (position > lastFilled) break
    const text = natural <= width ? whole : truncate(whole, width)
    line += paint !== null && text !== '' ? paint(text) : text
    if (position < lastFilled) {
      const used = natural <= width ? natural : displayWidth(text)
      line += blanks(width - used + gap.length)
    }
  }
  return line
}

const blank = ' '.repeat(64)

function blanks(count: number): string {
  return count <= blank.length ? blank.slice(0, Math.max(0, count)) : ' '.repeat(count)
}
