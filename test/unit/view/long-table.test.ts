import fc from 'fast-check'
import { expect, it } from 'vitest'
import { safeText } from '../../../src/view/human.ts'
import { longTable } from '../../../src/view/long-table.ts'
import { plainStyle } from '../../../src/view/style.ts'
import { alignedTable, type Cell, type Column } from '../../../src/view/table.ts'

const columns: readonly Column[] = [
  { title: 'ID', dropOrder: null },
  { title: 'AGENT', dropOrder: null },
  { title: 'KIND', dropOrder: 1 },
  { title: 'WHAT', dropOrder: null },
]
const style = { ...plainStyle, bold: (text: string) => `<b>${text}</b>` }

it('shows what the table for few rows shows', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b c', '日', 'é', '\n', '\u001b', '\u202e', ''),
    maxLength: 20,
  })
  const id = fc.stringMatching(/^[a-z0-9]{1,16}$/)
  const cell = fc
    .tuple(fc.stringMatching(/^[a-z日]{1,9}$/), fc.boolean())
    .map(([own, painted]): Cell => ({ text: own, paint: painted ? (shown) => `<p>${shown}</p>` : null }))
  const blocks = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 3 })
  const rows = fc.array(fc.tuple(id, fc.nat({ max: 2 }), text), { maxLength: 250 })
  const width = fc.option(fc.integer({ min: 1, max: 90 }))
  fc.assert(
    fc.property(blocks, rows, width, (shared, some, limit) => {
      const cells = some.map(([first, block, last]) => ({
        first,
        shared: shared[block % shared.length] ?? [],
        last,
      }))
      const options = { width: limit, style }
      const long = {
        firsts: cells.map(({ first }) => first),
        shared: cells.map((row) => row.shared),
        lasts: cells.map(({ last }) => last),
      }
      const short = cells.map((row) => [
        { text: row.first, paint: null },
        ...row.shared,
        { text: safeText(row.last), paint: null },
      ])
      const untrimmed = (table: string) => table.replaceAll(/ +$/gm, '')
      expect(untrimmed(longTable(columns, long, options))).toBe(
        untrimmed(alignedTable(columns, short, options)),
      )
    }),
  )
})
