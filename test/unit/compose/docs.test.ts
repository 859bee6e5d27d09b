import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadIn, workspace } from './workspace.ts'

const page = readFileSync(new URL('../../../docs/compose-file.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```yaml\n(?:# (\S+\.yaml)\n)?([\s\S]*?)^```$/gm)].map(
  ([, name, text]) => ({
    name: name ?? 'team.yaml',
    text: text ?? '',
  }),
)

/** Files that the examples name. */
const beside = {
  '.env.agents': 'TOKEN=t',
  '.env.local': 'A=1',
  'roles/lead.md': 'Lead.',
  'tmux.conf': '',
  'docs/team.project.yaml': 'agents: {writer: {runtime: claude}}',
}

describe('the examples of docs/compose-file.md', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(3)
  })

  it.each(examples)('example %# loads', ({ name, text }) => {
    const isProject = name.endsWith('.project.yaml')
    const whole = /^projects:/m.test(text) || isProject ? text : `${text}\nprojects: {}\n`
    const dir = workspace({
      ...beside,
      'team.yaml': isProject ? `projects: {docs: ${name}}` : whole,
      ...(isProject ? { [name]: text } : {}),
    })
    expect(loadIn(dir, { env: { HOME: '/home/me', API_TOKEN: 't', USER: 'me' } }).compose.warnings).toEqual(
      [],
    )
  })
})
