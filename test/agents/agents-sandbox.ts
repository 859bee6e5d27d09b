import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox, type Sandbox } from '../support/sandbox.ts'
import { type AgentKind, agentKeys, agentPath, writeAgentHome } from './agent-home.ts'
import { type ModelServer, startModelServer } from './model-server.ts'

/** A sandbox with a home directory for the CLIs and a model of its own. */
export interface AgentsSandbox extends Sandbox {
  readonly model: ModelServer
  readonly home: string
  /** Writes `team.yaml` (JSON is YAML) with the agents of the project `web`; returns the document. */
  teamFile(agents: Readonly<Record<string, AgentOptions>>, top?: Readonly<Record<string, unknown>>): void
}

interface AgentOptions {
  readonly kind: AgentKind
  /** Added to, or in place of, the keys that connect it to the model; `args` are added. */
  readonly [key: string]: unknown
}

/** The name under which the model server logs `web:<agent>`. */
export const modelName = (agent: string): string => `web-${agent}`

export async function createAgentsSandbox(): Promise<AgentsSandbox> {
  const sandbox = createSandbox('team agents')
  sandbox.env.PATH = agentPath
  const home = sandbox.env.HOME ?? ''
  writeAgentHome(home)
  // Outside: nothing of the model is the agents'.
  const logs = mkdtempSync(join(tmpdir(), 'tm-'))
  const model = await startModelServer(join(logs, 'model.log'))
  // A repository that nobody has trusted: where a CLI asks, it asks here.
  mkdirSync(join(sandbox.dir, 'work'))
  execFileSync('git', ['init', '-q', join(sandbox.dir, 'work')], { env: sandbox.env })
  let opencodeReady = false
  return {
    ...sandbox,
    model,
    home,
    teamFile(agents, top = {}) {
      if (!opencodeReady && Object.values(agents).some(({ kind }) => kind === 'opencode')) {
        // Two that make its database at the same time: one of them may hang (1 of 13 times).
        execFileSync('opencode', ['session', 'list'], { env: sandbox.env, cwd: sandbox.dir, stdio: 'ignore' })
        opencodeReady = true
      }
      const entries = Object.entries(agents).map(([name, { kind, ...own }]) => {
        const keys = agentKeys(kind, model.url(modelName(name)))
        const args = [...keys.args, ...(Array.isArray(own.args) ? own.args : [])]
        return [name, { ...keys, ...own, args, env: { ...keys.env, ...(own.env ?? {}) } }]
      })
      const document = {
        name: 't',
        projects: { web: { cwd: './work', agents: Object.fromEntries(entries) } },
        ...top,
      }
      sandbox.write('team.yaml', JSON.stringify(document, null, 2))
    },
    dispose() {
      sandbox.dispose()
      model.stop()
      rmSync(logs, { recursive: true, force: true })
    },
  }
}
