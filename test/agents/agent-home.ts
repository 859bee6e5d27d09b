import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RuntimeKind } from '../../src/model/runtime.ts'
import versions from './versions.json' with { type: 'json' }

export type AgentKind = Exclude<RuntimeKind, 'command'>

export const agentKinds: readonly AgentKind[] = ['claude', 'codex', 'gemini', 'opencode']

const cache =
  process.env.TEAM_AGENTS_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'team-agents')

/** Directory that holds the pinned program. */
function binaryDirectory(kind: AgentKind): string {
  return join(cache, `${kind}-${versions[kind].version}`, 'node_modules', '.bin')
}

/** PATH on which every pinned CLI is found first. */
export const agentPath = [...agentKinds.map(binaryDirectory), process.env.PATH ?? '/usr/bin:/bin'].join(':')

/** What a user who has logged in once, and trusts nothing yet, has in the home directory. */
export function writeAgentHome(home: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  write('.claude.json', JSON.stringify({ hasCompletedOnboarding: true }))
  write('.codex/config.toml', codexConfig)
  write(
    '.gemini/settings.json',
    JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: true } },
      ui: { hideTips: true },
    }),
  )
  write('.config/opencode/opencode.json', JSON.stringify(opencodeConfig))
}

const codexConfig = `model = "scripted"
model_provider = "local"

[model_providers.local]
name = "local"
base_url = "http://127.0.0.1:9/v1"
env_key = "MODEL_KEY"
wire_api = "responses"
`

const opencodeConfig = {
  model: 'local/scripted',
  small_model: 'local/scripted',
  permission: { bash: { '*': 'ask', 'sleep *': 'allow' } },
  provider: {
    local: {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: '{env:MODEL_URL}/v1', apiKey: 'none' },
      models: { scripted: { name: 'Scripted', limit: { context: 200_000, output: 8_000 } } },
    },
  },
}

/** Keys of an agent in the compose file that make it talk to `url` (ModelServer.url). */
export function agentKeys(
  kind: AgentKind,
  url: string,
): { runtime: AgentKind; env: Readonly<Record<string, string>>; args: readonly string[] } {
  switch (kind) {
    case 'claude':
      return {
        runtime: kind,
        env: {
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: 'none',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
        args: [],
      }
    case 'codex':
      return {
        runtime: kind,
        env: { MODEL_KEY: 'none' },
        args: [
          ...['-c', `model_providers.local.base_url="${url}/v1"`],
          // Not `-a` and `-s`, which may stand on a command line only once.
          ...['-c', 'approval_policy="on-request"', '-c', 'sandbox_mode="workspace-write"'],
        ],
      }
    case 'gemini':
      return { runtime: kind, env: { GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: url }, args: [] }
    case 'opencode':
      return { runtime: kind, env: { MODEL_URL: url, OPENCODE_DISABLE_MODELS_FETCH: '1' }, args: [] }
    default:
      return kind satisfies never
  }
}
