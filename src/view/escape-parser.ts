/** What a stream of terminal output consists of, once its escape sequences are taken apart. */
export interface TerminalSink {
  /** One printable character, or a run of printable ASCII. */
  text(characters: string): void
  /** A C0 or C1 control. */
  control(code: number): void
  /** `ESC [ parameter final`; parameter: the first number, null when it is left out. */
  controlSequence(final: string, parameter: number | null): void
  /** Another sequence that moves the cursor to another line. */
  leaveLine(): void
}

export interface EscapeParser {
  /** Reports what is in the text, in order; a sequence that it leaves unfinished goes on with the next. */
  push(text: string): void
}

/** Where the parser is: a small cut of the state machine that all terminals of the VT family share. */
type State =
  | 'text'
  | 'escape'
  /** Between `ESC (` or alike and its last character. */
  | 'intermediate'
  | 'csi'
  /** OSC: ends with BEL, ST or a line end. */
  | 'command'
  /** DCS, SOS, PM, APC: ends with ST. */
  | 'string'

const stringStarts: ReadonlyMap<string, State> = new Map([
  ['[', 'csi'],
  [']', 'command'],
  ['P', 'string'],
  ['X', 'string'],
  ['^', 'string'],
  ['_', 'string'],
])

/** The same introducers as single C1 characters. */
const c1Starts: ReadonlyMap<number, State> = new Map([
  [0x90, 'string'],
  [0x98, 'string'],
  [0x9b, 'csi'],
  [0x9d, 'command'],
  [0x9e, 'string'],
  [0x9f, 'string'],
])

/** IND, NEL, RI and the full reset. */
const breakingEscapes: ReadonlySet<string> = new Set(['D', 'E', 'M', 'c'])

// Longer ones mean nothing; they are read to their end all the same.
const longestParameters = 64

export function createEscapeParser(sink: TerminalSink): EscapeParser {
  let state: State = 'text'
  let parameters = ''

  const enter = (next: State): void => {
    state = next
    parameters = ''
  }

  /** Controls act in the middle of a sequence too; some of them end it. */
  const control = (code: number): void => {
    const start = c1Starts.get(code)
    if (code === 0x1b) enter('escape')
    else if (start !== undefined) enter(start)
    else if (code === 0x18 || code === 0x1a || code === 0x9c) enter('text')
    else if (state === 'command' && (code === 0x07 || code === 0x0a)) {
      enter('text')
      // No string holds a line end: one that was cut off must not swallow what follows.
      if (code === 0x0a) sink.control(code)
    } else if (state !== 'command' && state !== 'string') sink.control(code)
  }

  const printable = (character: string): void => {
    switch (state) {
      case 'text':
        sink.text(character)
        return
      case 'escape':
        if (character >= ' ' && character <= '/') {
          enter('intermediate')
          return
        }
        enter(stringStarts.get(character) ?? 'text')
        if (breakingEscapes.has(character)) sink.leaveLine()
        return
      case 'intermediate':
        if (character > '/') enter('text')
        return
      case 'csi':
        if (character >= ' ' && character <= '?') {
          if (parameters.length < longestParameters) parameters += character
          return
        }
        if (character <= '~') reportSequence(parameters, character, sink)
        enter('text')
        return
      case 'command':
      case 'string':
        return
      default:
        state satisfies never
    }
  }

  return {
    push(text) {
      for (let at = 0; at < text.length; ) {
        const run = state === 'text' ? asciiRun(text, at) : ''
        const code = text.codePointAt(at) ?? 0
        const character = run === '' ? String.fromCodePoint(code) : run
        if (run !== '') sink.text(run)
        else if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) control(code)
        else printable(character)
        at += character.length
      }
    },
  }
}

/** The printable ASCII from a position on: nearly all that there is, and quick to deal with as a whole. */
function asciiRun(text: string, start: number): string {
  let end = start
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code < 0x20 || code > 0x7e) break
  }
  return text.slice(start, end)
}

/** Private and intermediate-carrying sequences set modes, which do not show. */
function reportSequence(parameters: string, final: string, sink: TerminalSink): void {
  if (parameters === '?1049' || parameters === '?1047' || parameters === '?47') sink.leaveLine()
  if (!/^[0-9;:]*$/.test(parameters)) return
  const first = /^[0-9]+/.exec(parameters)
  sink.controlSequence(final, first === null ? null : Number(first[0]))
}
