import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineCleaner } from '../../../src/view/line-cleaner.ts'

function clean(...chunks: readonly (string | Uint8Array)[]): readonly string[] {
  const cleaner = createLineCleaner()
  const lines = chunks.flatMap((chunk) => [...cleaner.push(Buffer.from(chunk))])
  return [...lines, ...cleaner.end()]
}

const esc = '\u001b'

describe('sequences', () => {
  it.each([
    ['colours', `${esc}[1;38:5:12mbold${esc}[0m text`, ['bold text']],
    ['private modes', `${esc}[?25lhidden${esc}[?2004h cursor${esc}[>4;1m`, ['hidden cursor']],
    ['sequences with intermediates', `a${esc}[2 qb${esc}[!pc`, ['abc']],
    ['titles, ended by BEL', `${esc}]0;a title\u0007text`, ['text']],
    ['titles, ended by ST', `${esc}]0;a title${esc}\\text`, ['text']],
    ['links', `${esc}]8;;http://x/${esc}\\link${esc}]8;;${esc}\\`, ['link']],
    [
      'device strings',
      `${esc}Pq#0;2;0${esc}\\text${esc}_G1;2${esc}\\${esc}^pm${esc}\\${esc}Xsos${esc}\\!`,
      ['text!'],
    ],
    ['single escapes', `${esc}7a${esc}8b${esc}(Bc${esc}=d${esc}#8e`, ['abcde']],
    ['8-bit introducers', 'a\u009b31mb\u009d0;title\u009cc\u0090x\u009cd', ['abcd']],
    ['a sequence broken off by another', `${esc}[3${esc}[31mred`, ['red']],
    ['a sequence broken off by CAN', `a${esc}[3\u0018b`, ['ab']],
    [
      'a title that was cut off: the line after it stays',
      `one${esc}]0;half a ti\r\nnext\r\n`,
      ['one', 'next'],
    ],
    ['a device string that was cut off: the next sequence ends it', `${esc}Phalf\r\n${esc}[0mnext`, ['next']],
    ['an unfinished sequence at the end', `text${esc}[3`, ['text']],
    ['a control within a sequence', `a${esc}[3\n1mb`, ['a', 'b']],
    ['other controls', 'a\u0000\u0007\u000e\u000f\u007f\u0084b', ['ab']],
  ])('removes %s', (_, text, lines) => expect(clean(text)).toEqual(lines))
})

describe('lines', () => {
  it.each([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['CR CR LF', 'a\r\r\nb', ['a', 'b']],
    ['VT, FF and NEL', 'a\u000bb\u000cc\u0085d', ['a', 'b', 'c', 'd']],
    ['no line end', 'a\r\nb', ['a', 'b']],
    ['trailing blanks', 'a   \r\n', ['a']],
    ['one empty line stays', 'a\n\nb', ['a', '', 'b']],
    ['more empty lines go', '\n\na\n\n  \n\nb\n\n\n', ['a', '', 'b', '']],
    ['index, next line and reverse index', `a${esc}Db${esc}Ec${esc}Md`, ['a', 'b', 'c', 'd']],
    ['nothing', '', []],
  ])('%s', (_, text, lines) => expect(clean(text)).toEqual(lines))

  it('hands out a line as soon as it is complete', () => {
    const cleaner = createLineCleaner()
    expect(cleaner.push(Buffer.from('one\ntw'))).toEqual(['one'])
    expect(cleaner.push(Buffer.from('o'))).toEqual([])
    expect(cleaner.push(Buffer.from('\r\n'))).toEqual(['two'])
    expect(cleaner.end()).toEqual([])
  })
})

describe('a line that is written over', () => {
  it.each([
    ['CR', '10%\r20%\r100%\r\n', ['100%']],
    ['CR with a shorter text', 'abcdef\rxy\n', ['xycdef']],
    ['CR and erase', `loading${'\r'}${esc}[Kdone\n`, ['done']],
    ['erase before', `abcdef\r${esc}[3C${esc}[1K\n`, ['    ef']],
    ['erase all', `abc${esc}[2K\rx\n`, ['x']],
    ['backspace', 'abx\bc\n', ['abc']],
    ['rubout', 'abx\b \b\n', ['ab']],
    ['backspace at the margin', '\b\b\ba\n', ['a']],
    ['cursor forward as a space', `one${esc}[1Ctwo${esc}[3Cthree\n`, ['one two   three']],
    ['cursor back', `abc${esc}[2DX\n`, ['aXc']],
    ['to a column', `abc${esc}[GX${esc}[6GY\n`, ['Xbc  Y']],
    ['delete and insert characters', `abcdef\r${esc}[2P${esc}[1@X\n`, ['Xcdef']],
    ['erase characters', `abcdef\r${esc}[C${esc}[2X\n`, ['a  def']],
    ['tabs', 'a\tb\t\tc\n', ['a       b               c']],
    ['a wide character', '日本\rx\n', ['x 本']],
    ['the second half of one', `日本${esc}[3Dx\n`, [' x本']],
    ['over by a wide one', 'abcd\r日\n', ['日cd']],
    ['a combining mark', 'cafe\u0301\rx\n', ['xafe\u0301']],
    ['a mark on a wide character', '日\u0301b\n', ['日\u0301b']],
    ['a marked wide character', '日\u0301本\rx\n', ['x 本']],
    ['a mark on nothing', '\u0301a\n', ['a']],
    ['emoji with a joiner', '👩\u200d💻!\n', ['👩\u200d💻!']],
  ])('%s', (_, text, lines) => expect(clean(text)).toEqual(lines))

  it('removes characters that turn or hide text, and exotic line ends', () => {
    expect(clean('a\u202eb\u2028c\u200bd\ufeffe')).toEqual(['abcde'])
  })
})

describe('text of full-screen programs', () => {
  it.each([
    ['cursor position', `${esc}[1;1Hone${esc}[2;1Htwo${esc}[5;3fthree`, ['one', 'two', 'three']],
    ['clear screen', `one${esc}[2J${esc}[Htwo`, ['one', 'two']],
    [
      'up and down',
      `one${esc}[Atwo${esc}[2Bthree${esc}[Efour${esc}[Ffive`,
      ['one', 'two', 'three', 'four', 'five'],
    ],
    ['rows', `one${esc}[4dtwo`, ['one', 'two']],
    [
      'scrolling',
      `one${esc}[Stwo${esc}[Tthree${esc}[1;20rfour${esc}[Lfive${esc}[Msix`,
      ['one', 'two', 'three', 'four', 'five', 'six'],
    ],
    ['the alternate screen', `one${esc}[?1049htwo${esc}[?1049lthree`, ['one', 'two', 'three']],
    ['reset', `one${esc}ctwo`, ['one', 'two']],
    ['no empty lines in between', `${esc}[1;1H${esc}[2;1H${esc}[3;1Hx${esc}[4;1H${esc}[5;1H`, ['x']],
  ])('%s keeps it apart', (_, text, lines) => expect(clean(text)).toEqual(lines))
})

describe('bytes', () => {
  it('keeps characters together that come in pieces', () => {
    const bytes = Buffer.from('日👍é')
    expect(clean(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(['日👍é'])
  })

  it('replaces what is not UTF-8', () => {
    expect(clean(Uint8Array.of(0x61, 0xff, 0x62, 0xe6, 0x97), '\nc')).toEqual(['a\ufffdb\ufffd', 'c'])
  })

  it('bounds a line that never ends', () => {
    const lines = clean('x'.repeat(40_000), 'é'.repeat(40_000), `${esc}[99999999Cend`)
    expect(lines.join('')).toMatch(/^x{40000}é{40000} *end$/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(16_384)
  })

  it('bounds what parameters can ask for', () => {
    const lines = clean(
      `a${esc}[999999999C${'b'.repeat(10)}${esc}[G${esc}[999999999@${esc}[1${'0'.repeat(500)}mz`,
    )
    expect(lines.join('').length).toBeLessThan(33_000)
    expect(lines.join('')).toMatch(/^z/)
  })
})

const piece = fc.oneof(
  fc.constantFrom('\r', '\n', '\r\n', '\b', '\t', '日', 'é', 'e\u0301', '👍', 'x'.repeat(20_000)),
  fc.constantFrom(
    ...['[31m', '[K', '[2K', '[5C', '[3D', '[G', '[2J', '[1;1H', '[4P', '[2@', '[?1049h', 'M', '7', '(B'].map(
      (s) => esc + s,
    ),
  ),
  fc.constantFrom(`${esc}]0;t\u0007`, `${esc}Pq${esc}\\`, esc, `${esc}[`, `${esc}]`, '\u009b', '\u0018'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)
const stream = fc
  .array(
    fc.oneof(
      piece.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 25 },
  )
  .map((parts) => Buffer.concat(parts))

describe('whatever is written', () => {
  it('comes out the same, however it is cut into chunks', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, cuts) => {
        const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
          (a, b) => a - b,
        )
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(clean(...chunks)).toEqual(clean(bytes))
      }),
      { numRuns: 500 },
    )
  })

  it('comes out the same byte by byte', () => {
    const short = fc
      .array(
        fc.oneof(
          piece.filter((text) => text.length < 20).map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
        ),
      )
      .map((parts) => Buffer.concat(parts))
    fc.assert(
      fc.property(short, (bytes) => {
        expect(clean(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(clean(bytes))
      }),
      { numRuns: 500 },
    )
  })

  it('holds no control character, no trailing blank, no two empty lines in a row', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const lines = clean(bytes)
        for (const [index, line] of lines.entries()) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|\s$/)
          expect(line === '' && (lines[index - 1] ?? '') === '').toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is text that stays as it is', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'B', '0', '-', 'é', '日', '👍'), minLength: 1 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(clean(`${words.join('\n')}\n`)).toEqual(words)
      }),
    )
  })
})
