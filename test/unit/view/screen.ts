/** A terminal that knows what the display uses: lines wrap, ESC[nA goes up, ESC[J clears to the end. */
export class Screen {
  rows: string[] = ['']
  row = 0
  column = 0
  columns: number
  constructor(columns: number) {
    this.columns = columns
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it reads
    for (const [token, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[J|[\s\S]/gu)) {
      if (up !== undefined) this.row = Math.max(0, this.row - Number(up))
      else if (token === '\u001b[J') this.clear()
      else if (token === '\r') this.column = 0
      else if (token === '\n') this.moveTo(this.row + 1)
      else this.put(token)
    }
  }

  /** What a person sees, without empty lines at the end. */
  text(): readonly string[] {
    return this.rows.join('\n').trimEnd().split('\n')
  }

  private clear(): void {
    this.rows = this.rows.slice(0, this.row + 1)
    this.rows[this.row] = (this.rows[this.row] ?? '').slice(0, this.column)
  }

  private moveTo(row: number): void {
    this.row = row
    this.column = 0
    while (this.rows.length <= row) this.rows.push('')
  }

  private put(character: string): void {
    if (this.column >= this.columns) this.moveTo(this.row + 1)
    const line = (this.rows[this.row] ?? '').padEnd(this.column)
    this.rows[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1)
    this.column += 1
  }
}
