/** Colours in which programs write what is not there: bright black, by its number and from the palette. */
const faintColours: readonly string[] = ['90', '38;5;8']

/**
 * Is what stands in an empty-looking prompt, whose cursor is at its beginning, only a placeholder? `row` is the
 * cursor's, with its escape sequences of style; `column` the cursor's. The letter below a drawn cursor has a style of its own.
 */
export function isPlaceholder(row: string, column: number, known: RegExp): boolean {
  const cells = styledCells(row).slice(column)
  const text = cells.map(({ letter }) => letter).join('')
  const [first] = cells
  if (first === undefined || first.letter.trim() === '' || known.test(text)) return true
  const next = cells.slice(1).find(({ letter }) => letter.trim() !== '')
  return first.faint || next?.faint === true
}

interface Cell {
  readonly letter: string
  readonly faint: boolean
}

function styledCells(row: string): readonly Cell[] {
  let faint = false
  return row.split('\u001b[').flatMap((part, index) => {
    const end = index === 0 ? -1 : part.indexOf('m')
    if (index > 0) faint = isFaint(part.slice(0, end), faint)
    return [...part.slice(end + 1)].map((letter) => ({ letter, faint }))
  })
}

/** `parameters` of one sequence; other colours than the faint ones end what a faint one began. */
function isFaint(parameters: string, before: boolean): boolean {
  if (faintColours.some((colour) => parameters === colour || parameters.endsWith(`;${colour}`))) return true
  const codes = parameters.replace(/[345]8[;:](?:5[;:]\d+|2(?:[;:]\d+){3})/g, '38').split(';')
  if (codes.includes('2')) return true
  const ends = ['', '0', '22', '38', '39', ...faceColours]
  return before && !codes.some((code) => ends.includes(code))
}

const faceColours = ['30', '31', '32', '33', '34', '35', '36', '37', '91', '92', '93', '94', '95', '96', '97']
