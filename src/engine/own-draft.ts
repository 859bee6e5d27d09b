import type { TerminalLook } from '../model/activity.ts'

/** What a program shows in the place of a long paste. */
const pasted = /^\[Pasted (?:text|Content)/i
/** Characters that are enough to know a text by. */
const telling = 24
/** Rows above the cursor in which a prompt may begin. */
const tallest = 30

/** Does the prompt at the cursor begin as this text does, as far as it shows? */
export function promptHolds({ lines, cursor }: TerminalLook, text: string): boolean {
  const whole = squeezed(text.trimStart().split('\n', 1)[0] ?? '')
  for (let row = cursor.y; row >= 0 && row > cursor.y - tallest; row -= 1) {
    const found = /^\s*[❯›>*!┃]\s?(.*)$/.exec(lines[row] ?? '')?.[1]
    if (found === undefined) continue
    const shown = squeezed(found)
    if (pasted.test(found.trim())) return true
    if (whole.length <= telling) return shown === whole
    // A narrow terminal shows the rest below.
    return (
      shown.startsWith(whole.slice(0, telling)) || (shown.length * 2 >= telling && whole.startsWith(shown))
    )
  }
  return false
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '')
}
