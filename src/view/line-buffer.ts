import { characterWidth } from './width.ts'

/** No line grows beyond this many columns, whatever is written: memory is finite. */
const lineLimit = 16_384
/** Where a cursor that is sent to the far right stops, unless there is text beyond. */
const rightMargin = 500
const tabStop = 8
/** Marks on one character; more are noise. */
const marksLimit = 32

/** Characters that only change how others are shown, but for the joiner of emoji; and exotic line ends. */
const invisible = /^(?!\u200d)[\p{Cf}\p{Zl}\p{Zp}]$/u

/** The one line of a terminal that is being written: text, cursor movement and erasing within it. */
export class LineBuffer {
  /** One entry a column. A wide character leaves an empty entry behind it. */
  private cells: string[] = []
  /** What follows the cells: characters of one column and one code unit, kept whole while nothing else happens. */
  private tail = ''
  private cursor = 0

  /** Columns that may still be written; 0: take the line first. */
  room(): number {
    return Math.max(0, lineLimit - this.cursor)
  }

  /** Writes one printable character, or a run of printable ASCII, over what is there. */
  put(characters: string): void {
    const isAscii = characters < '\u007f'
    if (!isAscii && invisible.test(characters)) return
    const isAtEnd = this.cursor === this.length()
    if (isAtEnd && (isAscii || (characters.length === 1 && characterWidth(characters) === 1))) {
      this.tail += characters
      this.cursor += characters.length
      return
    }
    this.settle()
    for (const character of characters) this.putOver(character)
  }

  tab(): void {
    this.moveTo((Math.floor(this.cursor / tabStop) + 1) * tabStop)
  }

  /** Moves the cursor to a column, counted from 0. */
  moveTo(column: number): void {
    const furthest = Math.max(rightMargin, this.length())
    this.cursor = Math.min(Math.max(0, column), furthest)
  }

  moveBy(columns: number): void {
    this.moveTo(this.cursor + columns)
  }

  /** EL: what to erase, seen from the cursor. */
  erase(part: 'after' | 'before' | 'all'): void {
    if (part === 'after' && this.cursor >= this.length()) return
    this.settle()
    if (part === 'all') this.cells = []
    else if (part === 'after') this.cells.length = Math.min(this.cells.length, this.cursor)
    else this.cells.fill(' ', 0, this.cursor + 1)
  }

  /** ECH: blanks that many columns from the cursor on. */
  blank(count: number): void {
    this.settle()
    this.cells.fill(' ', this.cursor, this.cursor + count)
  }

  /** DCH: takes out that many columns from the cursor on. */
  remove(count: number): void {
    this.settle()
    this.cells.splice(this.cursor, count)
  }

  /** ICH: makes room for that many columns at the cursor. */
  insert(count: number): void {
    this.settle()
    const blanks = Math.min(count, lineLimit - this.cells.length)
    if (this.cursor >= this.cells.length || blanks <= 0) return
    this.cells.splice(this.cursor, 0, ...' '.repeat(blanks))
  }

  /** The text without trailing blanks; the buffer is empty afterwards. */
  take(): string {
    const text = (this.cells.join('') + this.tail).trimEnd()
    this.cells = []
    this.tail = ''
    this.cursor = 0
    return text
  }

  private length(): number {
    return this.cells.length + this.tail.length
  }

  private settle(): void {
    for (const character of this.tail) this.cells.push(character)
    this.tail = ''
  }

  /** Expects that there is no tail. */
  private putOver(character: string): void {
    const { cells, cursor } = this
    const width = characterWidth(character)
    if (width === 0) {
      this.mark(character)
      return
    }
    while (cells.length < cursor) cells.push(' ')
    // Half of a wide character cannot stay.
    if (cells[cursor] === '') cells[cursor - 1] = ' '
    if (cells[cursor + width] === '') cells[cursor + width] = ' '
    cells[cursor] = character
    if (width === 2) cells[cursor + 1] = ''
    this.cursor += width
  }

  /** A combining mark belongs to the character before it. */
  private mark(character: string): void {
    const before = this.cells[this.cursor - 1] === '' ? this.cursor - 2 : this.cursor - 1
    const marked = this.cells[before]
    if (marked !== undefined && marked.length < marksLimit) this.cells[before] = marked + character
  }
}
