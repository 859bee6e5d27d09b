import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { unitWord } from '../../src/supervisor/systemd/quote.ts'
import { removeAllUnits, requireManager, systemctl } from '../support/manager.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(() => {
  removeAllUnits()
  sandbox.dispose()
})

const unit = 'team-quote.web.a.service'
const wordsPerUnit = 40

/** What a unit file or a shell would take for something else. */
const pieces = [
  '"',
  "'",
  '%',
  '%h',
  '%%',
  '$',
  '$HOME',
  '$$',
  '\n',
  '\t',
  ' ',
  ';',
  '#',
  '`',
  '\\',
  '\\n',
  '😀',
]
const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme' }))
const nul = String.fromCharCode(0)
const word = fc
  .oneof(
    fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
    fc.string({ unit: 'binary-ascii' }),
  )
  .map((text) => text.replaceAll(nul, ''))

it('any word of a unit reaches the program, as an argument and as a variable', () => {
  const out = join(sandbox.dir, 'out')
  const script =
    'const {argv,env}=process;require("fs").writeFileSync(argv[1],JSON.stringify([argv.slice(2),env]))'
  mkdirSync(requireManager().units, { recursive: true })
  const words = fc.array(word, { minLength: wordsPerUnit, maxLength: wordsPerUnit })
  const check = fc.property(words, (values) => {
    const argv = [process.execPath, '-e', script, '--', out, ...values].map((text) =>
      unitWord(text, 'doubled'),
    )
    const variables = values.map((text, index) => unitWord(`V${index}=${text}`, 'kept'))
    const text = `[Service]\nType=oneshot\nExecStart=${argv.join(' ')}\nEnvironment=${variables.join(' ')}\n`
    writeFileSync(join(requireManager().units, unit), text)
    writeFileSync(out, '[[],{}]')
    systemctl(['daemon-reload'])
    systemctl(['start', unit])
    const [args, env]: [string[], Record<string, string>] = JSON.parse(readFileSync(out, 'utf8'))
    expect(args).toEqual(values)
    expect(values.map((_, index) => env[`V${index}`])).toEqual(values)
  })
  fc.assert(check, { numRuns: 15 })
})
