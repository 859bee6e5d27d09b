import { createEscapeParser } from './escape-parser.ts'
import { LineBuffer } from './line-buffer.ts'

/**
 * Turns what a terminal was sent into lines that a person can read or grep: no control codes, each line
 * as it looked when it was left.
 */
export interface LineCleaner {
  /** Lines that are complete by now. How the bytes are cut into chunks makes no difference. */
  push(chunk: Uint8Array): readonly string[]
  /** What is left without a line end. */
  end(): readonly string[]
}

export function createLineCleaner(): LineCleaner {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const line = new LineBuffer()
  // So that empty lines at the very beginning go, too.
  let lastWasEmpty = true
  let complete: string[] = []

  const finish = (keepEmpty: boolean): void => {
    const text = line.take()
    if (text === '' && (lastWasEmpty || !keepEmpty)) return
    lastWasEmpty = text === ''
    complete.push(text)
  }
  const parser = createEscapeParser({
    text(characters) {
      for (let rest = characters; rest !== ''; ) {
        if (line.room() === 0) finish(false)
        // Only runs of ASCII are longer than one character, and may be cut anywhere.
        const part = rest < '\u007f' ? rest.slice(0, line.room()) : rest
        line.put(part)
        rest = rest.slice(part.length)
      }
    },
    control(code) {
      if (lineEnds.has(code)) finish(true)
      else if (code === 0x0d) line.moveTo(0)
      else if (code === 0x08) line.moveBy(-1)
      else if (code === 0x09) line.tab()
    },
    controlSequence(final, parameter) {
      if (leavesLine.has(final)) finish(false)
      else editLine(line, final, parameter)
    },
    leaveLine() {
      finish(false)
    },
  })
  const drain = (): readonly string[] => {
    const lines = complete
    complete = []
    return lines
  }

  return {
    push(chunk) {
      parser.push(decoder.decode(chunk, { stream: true }))
      return drain()
    },
    end() {
      parser.push(decoder.decode())
      finish(false)
      return drain()
    },
  }
}

/** LF, VT, FF and NEL. */
const lineEnds: ReadonlySet<number> = new Set([0x0a, 0x0b, 0x0c, 0x85])

/** Sequences that put the cursor on another line, or clear the screen: what follows is other text. */
const leavesLine: ReadonlySet<string> = new Set('ABEFHJLMSTdefr')

/** What a control sequence does to the line that the cursor is on; most do nothing that shows. */
function editLine(line: LineBuffer, final: string, parameter: number | null): void {
  const count = Math.max(1, parameter ?? 1)
  switch (final) {
    case 'K':
      line.erase(parameter === 1 ? 'before' : parameter === 2 ? 'all' : 'after')
      break
    case 'C':
    case 'a':
      line.moveBy(count)
      break
    case 'D':
      line.moveBy(-count)
      break
    case 'G':
    case '`':
      line.moveTo(count - 1)
      break
    case 'X':
      line.blank(count)
      break
    case 'P':
      line.remove(count)
      break
    case '@':
      line.insert(count)
      break
  }
}
