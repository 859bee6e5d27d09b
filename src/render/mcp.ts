import type { AgentSpec } from '../model/agent.ts'
import { runtimeOf } from '../runtimes/registry.ts'

/** What `team` reads, and some CLIs keep from the servers that they start. */
const needs = [
  ...['TEAM_NAME', 'TEAM_PROJECT', 'TEAM_AGENT', 'TEAM_FILE', 'TEAM_STATE_DIR', 'TEAM_UNIT'],
  ...['TEAM_TASK_ID', 'TEAM_PROCESS_ID', 'TEAM_SESSION_ID'],
  ...['TMUX_TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'DBUS_SESSION_BUS_ADDRESS'],
]

/** The agent with what gives its CLI the server `team mcp`, where the file asks for it. `self`: command line of this program. */
export function withMcp(
  agent: AgentSpec,
  self: readonly string[],
): { readonly agent: AgentSpec; readonly env: Readonly<Record<string, string>> } {
  const wire = agent.mcp ? runtimeOf(agent.kind).mcp : null
  if (wire === null) return { agent, env: {} }
  const [command = '', ...words] = self
  const { args, env } = wire({ name: 'team', command, args: [...words, 'mcp'], needs })
  return { agent: { ...agent, args: [...args, ...agent.args] }, env }
}
