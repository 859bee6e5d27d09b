import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainStyle } from '../../../src/view/style.ts'
import { alignedTable, type Column } from '../../../src/view/table.ts'
import { displayWidth } from '../../../src/view/width.ts'

const columns: readonly Column[] = [
  { title: 'NAME', dropOrder: null },
  { title: 'ROLE', dropOrder: 1 },
  { title: 'PID', dropOrder: 2 },
  { title: 'NOTE', dropOrder: null },
]

function table(rows: readonly (readonly string[])[], width: number | null): readonly string[] {
  const cells = rows.map((row) => row.map((text) => ({ text, paint: null })))
  return alignedTable(columns, cells, { width, style: plainStyle }).split('\n')
}

const row = ['web:lead', 'manager', '4711', 'changed: run team reload']

describe('alignedTable', () => {
  it('lines columns up by what they take on the screen, without trailing blanks', () => {
    expect(table([row, ['日本', 'é', '1', '']], null)).toEqual([
      'NAME       ROLE      PID    NOTE',
      'web:lead   manager   4711   changed: run team reload',
      '日本       é         1',
    ])
  })

  it('drops columns by their order, then narrows, then drops from the right', () => {
    expect(table([row], 51)[1]).toBe('web:lead   manager   changed: run team reload')
    expect(table([row], 44)[1]).toBe('web:lead   changed: run team reload')
    expect(table([row], 20)[1]).toBe('web:lead   changed:…')
    expect(table([row], 15)[1]).toBe('web:l…   chang…')
    expect(table([row], 14)[1]).toBe('web:lead')
    expect(table([row], 3)[1]).toBe('we…')
  })

  it('never writes a line that is wider than the screen', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '日', 'é', ':'), maxLength: 40 })
    const rows = fc.array(fc.tuple(text, text, text, text), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 120 }), (any, width) => {
        for (const line of table(any, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('paints the text, not the padding', () => {
    const cells = [
      { text: 'up', paint: (text: string) => `<${text}>` },
      { text: 'end', paint: null },
    ]
    const shown = alignedTable(
      [
        { title: 'STATE', dropOrder: null },
        { title: 'B', dropOrder: null },
      ],
      [cells],
      { width: null, style: plainStyle },
    )
    expect(shown).toBe('STATE   B\n<up>      end')
  })
})
