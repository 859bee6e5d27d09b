import type { Check } from '../model/check.ts'
import { safeText } from './human.ts'
import type { Style } from './style.ts'
import { displayWidth } from './width.ts'
import { wrappedTable } from './wrapped-table.ts'

/**
 * The report of `team doctor`: a mark for each check, what was found, what to do about it.
 * @param options.width columns of the screen; null: nothing is wrapped
 */
export function doctorReport(
  checks: readonly Check[],
  options: { readonly style: Style; readonly width: number | null },
): string {
  const { style } = options
  const rows = checks.map((check) => {
    const found = safeText(check.detail)
    const hint = check.hint === null ? '' : `\n${style.bold('hint:')} ${safeText(check.hint)}`
    return [mark(check.status, style), safeText(check.name), found + hint]
  })
  const nameWidth = Math.max(1, ...checks.map((check) => displayWidth(safeText(check.name))))
  const lines = wrappedTable(rows, { widths: [1, nameWidth], screen: options.width })
  return [...lines, verdict(checks, style)].join('\n')
}

function mark(status: Check['status'], style: Style): string {
  switch (status) {
    case 'ok':
      return style.ok('✔')
    case 'warn':
      return style.warn('!')
    case 'fail':
      return style.bad('✘')
    default:
      return status satisfies never
  }
}

function verdict(checks: readonly Check[], style: Style): string {
  const failed = checks.filter((check) => check.status === 'fail').length
  const warned = checks.filter((check) => check.status === 'warn').length
  if (failed > 0) return style.bad(`${count(failed, 'problem')}: team cannot work until solved`)
  if (warned > 0) return style.warn(`team works, with ${count(warned, 'warning')}`)
  return style.ok('team is ready to work')
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
