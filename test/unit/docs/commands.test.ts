import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ExitCode } from '../../../src/errors.ts'
import { commandsPage } from './commands-page.ts'

const page = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url))

/** `{a, b}`, as it stands on the page, from its first words on. */
function fieldsOf(text: string, begin: string): readonly string[] {
  const from = text.indexOf(begin)
  return text.slice(from + 1, text.indexOf('}', from)).split(/,\s+/)
}

function propertiesOf(file: string, type: string): readonly string[] {
  const path = fileURLToPath(new URL(`../../../src/model/${file}`, import.meta.url))
  const body =
    new RegExp(`interface ${type} \\{([\\s\\S]*?)\\n\\}`).exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map((match) => match[1] ?? '')
}

describe('docs/commands.md', () => {
  it('says what the command table says', async () => {
    await expect(commandsPage()).toMatchFileSnapshot(page)
  })

  it('has every exit code', () => {
    const listed = [...commandsPage().matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
    expect(listed).toEqual(Object.values(ExitCode))
  })

  it('has the fields of the types', () => {
    expect(fieldsOf(commandsPage(), '{team, project')).toEqual(propertiesOf('status.ts', 'AgentStatus'))
    expect(fieldsOf(commandsPage(), '{id, action')).toEqual(propertiesOf('plan.ts', 'Outcome'))
  })
})
