import { describe, expect, it } from 'vitest'
import { hide } from '../../../src/compose/hidden.ts'
import { composeToPlain } from '../../../src/compose/to-plain.ts'
import { composeToYaml } from '../../../src/compose/to-yaml.ts'
import { TeamError } from '../../../src/errors.ts'
import { load } from './workspace.ts'

const agent = (keys: string) => `projects: {web: {agents: {lead: {${keys}}}}}`

describe('hide', () => {
  it('masks every occurrence, a value that holds another one as a whole', () => {
    expect(hide('a secret, a secret-2, no', ['secret', 'secret-2'])).toBe('a ***, a ***, no')
    expect(hide('$& is no pattern', ['$& is '])).toBe('***no pattern')
    expect(hide('nothing', [])).toBe('nothing')
  })
})

describe('the resolved file', () => {
  const text = agent(`
    command: [serve, --token, "\${TOKEN}", "--key=\${FROM_DOTENV:-none}", "\${PORT}", "\${HOME}/bin", sk-given],
    env: {GIVEN: sk-given}, env_file: e.env`)
  const files = { 'team.yaml': text, '.env': 'FROM_DOTENV=dotenv-secret\n', 'e.env': 'F=file-secret\n' }
  const env = { TOKEN: 'shell-secret', PORT: '3000', HOME: '/home/somebody' }

  it('does not tell in a command what a variable holds', () => {
    const { compose } = load(files, { env })
    const plain = JSON.stringify(composeToPlain(compose, { reveal: false }))
    expect(plain).toContain('["serve","--token","***","--key=***","3000","/home/somebody/bin","***"]')
    expect(composeToYaml(compose, { reveal: false })).not.toMatch(/secret|sk-given/)
  })

  it('tells everything when asked to', () => {
    const { compose } = load(files, { env })
    const plain = JSON.stringify(composeToPlain(compose, { reveal: true }))
    for (const value of ['shell-secret', '--key=dotenv-secret', 'sk-given', 'file-secret'])
      expect(plain).toContain(value)
  })

  it('does not tell it in a prompt', () => {
    const { compose } = load(
      { 'team.yaml': agent('runtime: claude, prompt: "use ${TOKEN} now"') },
      { env: { TOKEN: 'shell-secret' } },
    )
    expect(composeToYaml(compose, { reveal: false })).toContain('prompt: use *** now\n')
  })
})

describe('an error', () => {
  const detailsOf = (text: string, env: Record<string, string>): readonly string[] => {
    try {
      load({ 'team.yaml': text }, { env })
      return []
    } catch (error) {
      return error instanceof TeamError ? error.details : [String(error)]
    }
  }

  it('quotes what the file says, but not what a variable holds', () => {
    const secret = { TOKEN: 'shell-secret' }
    expect(detailsOf(agent('command: [x], drain: soonish'), secret)[0]).toContain('bad duration "soonish"')
    const [hidden] = detailsOf(agent('command: [x], drain: "${TOKEN}"'), secret)
    expect(hidden).toMatch(/^team\.yaml:1:\d+: projects\.web\.agents\.lead\.drain: bad duration "\*\*\*"/)
  })

  it('quotes what is too short to be a secret', () => {
    expect(detailsOf(agent('command: [x], drain: "${WAIT}"'), { WAIT: '30x' })[0]).toContain('"30x"')
  })
})
