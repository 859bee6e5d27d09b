import { describe, expect, it } from 'vitest'
import type { AgentSpec } from '../../../src/model/agent.ts'
import { runtimeKinds } from '../../../src/model/runtime.ts'
import { fingerprintOf } from '../../../src/render/fingerprint.ts'
import { fingerprintInput, renderLaunch } from '../../../src/render/launch.ts'
import { runtimeOf } from '../../../src/runtimes/registry.ts'
import { loadIn, workspace } from '../compose/workspace.ts'

const self = ['/opt/node 20/bin/node', '/opt/team "x"/bin/team.js']

function rendered(text: string, own = self) {
  const dir = workspace({ 'team.yaml': `projects: {web: {agents: {a: {${text}}}}}` })
  const { compose } = loadIn(dir)
  const [agent] = compose.agents
  if (agent === undefined) throw new Error('no agent')
  const context = { compose, stateDir: `${dir}/.team`, env: {}, shell: '/bin/sh', inherited: {}, self: own }
  return {
    agent,
    launch: renderLaunch(agent, context),
    fingerprint: fingerprintOf(fingerprintInput(agent, context)),
  }
}

/** The words that mcp: true adds, wherever they stand. */
function added(runtime: string, more = ''): { words: readonly string[]; env: Record<string, string> } {
  const plain = rendered(`runtime: ${runtime}${more}`).launch
  const { launch } = rendered(`runtime: ${runtime}, mcp: true${more}`)
  const env = Object.entries(launch.env).filter(([name]) => plain.env[name] === undefined)
  return {
    words: launch.argv.filter((word) => !plain.argv.includes(word) || word === '-c'),
    env: Object.fromEntries(env),
  }
}

describe('mcp: true', () => {
  it('tells each CLI of the server in its own way, in one word where words would be swallowed', () => {
    const [config = '', tools] = added('claude').words
    expect(JSON.parse(config.replace('--mcp-config=', ''))).toEqual({
      mcpServers: { team: { type: 'stdio', command: self[0], args: [self[1], 'mcp'], alwaysLoad: true } },
    })
    expect(tools).toBe('--allowedTools=mcp__team')
    const setting = added('codex').words.find((word) => word.startsWith('mcp_servers')) ?? ''
    expect(setting).toContain(`command=${JSON.stringify(self[0])},args=${JSON.stringify([self[1], 'mcp'])}`)
    expect(setting).toContain('"TEAM_AGENT"')
    expect(setting).toContain('required=true')
    const { words, env } = added('opencode')
    expect(words).toEqual([])
    expect(JSON.parse(env.OPENCODE_CONFIG_CONTENT ?? '')).toEqual({
      mcp: { team: { type: 'local', command: [...self, 'mcp'], enabled: true } },
    })
  })

  it('stands in every command line that the agent may be started with', () => {
    const { launch } = rendered('runtime: claude, mcp: true, prompt: go, args: [--verbose]')
    for (const argv of [
      launch.argv,
      launch.session?.fresh,
      launch.session?.resumed,
      launch.session?.prompted,
    ])
      expect(argv?.some((word) => word.startsWith('--mcp-config='))).toBe(true)
  })

  it('is a change of the command; where this program lies and what is allowed are none', () => {
    const before = rendered('runtime: claude').fingerprint
    const after = rendered('runtime: claude, mcp: true').fingerprint
    expect(after.command).not.toBe(before.command)
    const same = (agent: AgentSpec) => ({ ...agent, cwd: '/' })
    const of = (text: string, own: readonly string[]) => {
      const { agent } = rendered(text, [...own])
      return fingerprintOf({
        agent: same(agent),
        argv: [],
        declaredEnv: {},
        drain: { timeoutMs: 1, mode: 'interrupt', steps: [] },
        supervisor: { type: 'tmux', tmux: { config: null, historyLimit: 1 } },
      })
    }
    const one = of('runtime: claude, mcp: true', self)
    expect(of('runtime: claude, mcp: true, allow: [send]', ['/elsewhere/team'])).toEqual(one)
  })

  it.each(runtimeKinds.filter((kind) => kind !== 'command'))(
    'is refused for %s exactly if it cannot be told',
    (kind) => {
      const load = () => rendered(`runtime: ${kind}, mcp: true`)
      if (runtimeOf(kind).mcp === null) expect(load).toThrow(/1 problem/)
      else expect(load).not.toThrow()
    },
  )
})
