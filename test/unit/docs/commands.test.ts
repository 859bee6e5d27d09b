import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ExitCode } from '../../../src/errors.ts'
import { commandsPage } from './commands-page.ts'

const page = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url))

describe('docs/commands.md', () => {
  it('says what the command table says', async () => {
    await expect(commandsPage()).toMatchFileSnapshot(page)
  })

  it('has every exit code', () => {
    const listed = [...commandsPage().matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
    expect(listed).toEqual(Object.values(ExitCode))
  })
})
