/** How many columns text takes on a terminal. Expects text without control characters. */

const plainAscii = /^[\x20-\x7e]*$/
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const pictograph = /^\p{Emoji_Presentation}$/u

/** First and last code point of the blocks that East Asian terminals draw two columns wide. */
const wideBlocks = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
] as const

/** Printable ASCII alone: safe to show, and as wide as it is long. */
export function isPlain(text: string): boolean {
  return plainAscii.test(text)
}

/** 0, 1 or 2 for one character (a code point as a string). */
export function characterWidth(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (zeroWidth.test(character)) return 0
  if (wideBlocks.some(([first, last]) => code >= first && code <= last)) return 2
  return pictograph.test(character) ? 2 : 1
}

/** Columns of a whole text. */
export function displayWidth(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Text cut to at most `width` columns; what was cut shows as `…`. */
export function truncate(text: string, width: number): string {
  const plain = isPlain(text)
  if ((plain ? text.length : displayWidth(text)) <= width) return text
  if (width <= 0) return ''
  if (plain) return `${text.slice(0, width - 1)}…`
  let kept = ''
  let used = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Text followed by spaces up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}
