import type { Paint, Style } from './style.ts'
import { displayWidth, pad, truncate } from './width.ts'

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

/**
 * One line per row below a line of titles; none is longer than `width` columns.
 * @param width columns of the screen; null: as wide as the text needs
 */
export function alignedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { readonly width: number | null; readonly style: Style },
): string {
  const titles = columns.map((column): Cell => ({ text: column.title, paint: options.style.bold }))
  const lines = [titles, ...rows]
  const natural = columns.map((_, index) =>
    Math.max(...lines.map((cells) => displayWidth(cells[index]?.text ?? ''))),
  )
  const layout = options.width === null ? everything(natural) : fitColumns(columns, natural, options.width)
  return lines.map((cells) => renderLine(cells, layout)).join('\n')
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

function renderLine(cells: readonly Cell[], layout: readonly Slot[]): string {
  const lastFilled = layout.findLastIndex((slot) => (cells[slot.index]?.text ?? '') !== '')
  return layout
    .slice(0, lastFilled + 1)
    .map((slot, position) => {
      const cell = cells[slot.index]
      const text = truncate(cell?.text ?? '', slot.width)
      const painted = cell?.paint && text !== '' ? cell.paint(text) : text
      return position === lastFilled ? painted : painted + pad('', slot.width - displayWidth(text))
    })
    .join(gap)
}
