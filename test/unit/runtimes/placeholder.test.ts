import { expect, it } from 'vitest'
import { isPlaceholder } from '../../../src/runtimes/placeholder.ts'

/** `^` stands for the beginning of an escape sequence. */
const row = (text: string): string => text.replaceAll('^', '\u001b[')
const never = /^(?!)/

it.each([
  ['claude', '❯ ^7mT^0m^2mry "fix the tests"^0m', 2],
  ['codex', '^1m›^0m^39m^49m ^2mAsk Codex to do anything', 2],
  ['gemini', '^48;5;240m ^38;5;183m> ^7m^39m ^0m^38;5;248m^48;5;240m Type your message^39m', 3],
  ['opencode', '^38;5;15m^48;5;232m ^38;5;75m┃^38;5;15m^48;5;234m ^38;5;8mAsk anything… "What?"', 3],
  ['an empty row', '❯ ^7m', 2],
])('%s: is a placeholder', (_what, text, column) => {
  expect(isPlaceholder(row(text), column, never)).toBe(true)
})

it.each([
  ['claude', '❯ ^7mm^0m^39m^49my own draft', 2],
  ['codex', '^1m›^0m^39m^49m /help me', 2],
  ['gemini', '^48;5;240m ^38;5;183m> ^7m^39mm^0m^48;5;240my own draft^39m', 3],
  ['opencode', '^38;5;15m^48;5;232m ^38;5;75m┃^38;5;15m^48;5;234m ^38;5;255mmy draft', 3],
  ['a colour with a 2 in it', '› ^38;2;2;2;2mdraft', 2],
  ['text after something faint', '^2mhint^0m draft', 5],
  ['a letter', '❯ ^7mx^0m', 2],
])('%s: is a draft', (_what, text, column) => {
  expect(isPlaceholder(row(text), column, never)).toBe(false)
})

it('is what the runtime knows to be one', () => {
  expect(isPlaceholder('> Try "this"', 2, /^Try "/)).toBe(true)
})
