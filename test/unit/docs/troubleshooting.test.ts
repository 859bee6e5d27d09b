import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')

/** The codes of the one table in errors.ts, which keeps it to itself. */
function errorCodes(): readonly string[] {
  const table = /const exitCodes = \{([\s\S]*?)\n\}/.exec(read('src/errors.ts'))?.[1] ?? ''
  return [...table.matchAll(/^ {2}'?([a-z-]+)'?: ExitCode\./gm)].map((match) => match[1] ?? '')
}

describe('docs/troubleshooting.md', () => {
  const documented = [...read('docs/troubleshooting.md').matchAll(/^Code `([a-z-]+)`, exit (\d+)\.$/gm)].map(
    (match) => ({ code: match[1] ?? '', exit: match[2] ?? '' }),
  )

  it('has a place for every error code, and for no other', () => {
    expect(errorCodes().length).toBeGreaterThan(15)
    expect([...new Set(documented.map(({ code }) => code))].sort()).toEqual([...errorCodes()].sort())
  })

  it('tells the exit code of each', async () => {
    const { TeamError } = await import('../../../src/errors.ts')
    const isCode = (text: string): text is import('../../../src/errors.ts').ErrorCode =>
      errorCodes().includes(text)
    const wrong = documented.filter(
      ({ code, exit }) => isCode(code) && new TeamError(code, '').exitCode !== Number(exit),
    )
    expect(wrong).toEqual([])
  })
})
