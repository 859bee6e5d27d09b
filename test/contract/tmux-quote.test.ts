import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tmuxLine, tmuxLiteralFormat } from '../../src/terminal/tmux-quote.ts'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { waitFor } from '../support/wait-for.ts'

let sandbox: Sandbox
beforeAll(() => {
  sandbox = createSandbox()
  sandbox.tmux('quote', ['new-session', '-d', '-s', 'one', 'sleep', '600'])
})
afterAll(() => sandbox.dispose())

const source = (lines: readonly (readonly string[])[]) => {
  const input = lines.map((line) => `${tmuxLine(line)}\n`).join('')
  return spawnSync('tmux', ['-L', 'team-quote', '-u', 'source-file', '-'], {
    env: sandbox.env,
    input,
    encoding: 'utf8',
  })
}

/** Any text that may stand in a path or a name: everything but NUL. */
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.replaceAll('\0', ''))
const nasty = fc.constantFrom(
  "'",
  '"',
  ';',
  '\\',
  '\\;',
  '#{pane_id}',
  '$HOME',
  '~',
  '%1',
  '{',
  '}',
  '#',
  '\n',
  ' ',
  '-t',
)

describe('tmuxQuote', () => {
  it('gives a program exactly the arguments that it was given', async () => {
    const argument = fc.oneof(
      text,
      fc.array(fc.oneof(nasty, text), { maxLength: 4 }).map((parts) => parts.join('')),
    )
    const samples = fc.sample(argument, 300)
    // All in one command line: each argument must also stay apart from its neighbours.
    const script = 'd=$1; shift; i=0; for a; do printf %s "$a" >"$d/$i"; i=$((i+1)); done; : >"$d/done"'
    const directory = join(sandbox.dir, 'arguments')
    mkdirSync(directory)
    source([['new-session', '-d', '-s', 'x', '--', '/bin/sh', '-c', script, 'sh', directory, ...samples]])
    await waitFor('the arguments', () => existsSync(join(directory, 'done')))
    expect(samples.map((_, index) => readFileSync(join(directory, String(index)), 'utf8'))).toEqual(samples)
  })
})

describe('tmuxLiteralFormat', () => {
  it.each(['a b', 'x#{pane_id}y', '100%H', '#', '%', '##', "it's", '$(touch no)'])(
    'keeps %j as it is where tmux expands formats and dates',
    async (name) => {
      const path = join(sandbox.dir, 'piped')
      writeFileSync(path, '')
      const command = `printf %s '${name.replaceAll("'", `'\\''`)}' >'${path}'`
      source([['pipe-pane', '-t', '=one:', tmuxLiteralFormat(command)]])
      await waitFor('the pipe', () => readFileSync(path, 'utf8') !== '')
      expect(readFileSync(path, 'utf8')).toBe(name)
    },
  )
})
