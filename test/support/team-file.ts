import { onLaunchd } from './launchd.ts'
import { ownManager } from './manager.ts'
import type { Sandbox } from './sandbox.ts'

/** One agent as a test writes it: keys of the compose file. */
export type AgentKeys = Readonly<Record<string, unknown>>

/** Beside a user manager of their own the same tests run on systemd, and beside a stand-in on launchd. */
const supervisor = onLaunchd()
  ? { supervisor: 'launchd' }
  : ownManager() === null
    ? {}
    : { supervisor: 'systemd' }

/** A compose file; agents are keyed by `project:agent`, in order. JSON is YAML; no `$` is interpolated. */
export function teamText(agents: Readonly<Record<string, AgentKeys>>, top: AgentKeys = {}): string {
  const projects: Record<string, { agents: Record<string, AgentKeys> }> = {}
  for (const [id, keys] of Object.entries(agents)) {
    const [project = '', agent = ''] = id.split(':')
    projects[project] ??= { agents: {} }
    projects[project].agents[agent] = keys
  }
  return `${JSON.stringify({ name: 'acme', ...supervisor, ...top, projects }, null, 1).replaceAll('$', '$$$$')}\n`
}

/** Writes the team's file; `path` is relative to the sandbox's directory. */
export function writeTeam(
  sandbox: Sandbox,
  agents: Readonly<Record<string, AgentKeys>>,
  top: AgentKeys = {},
  path = 'team.yaml',
): void {
  sandbox.write(path, teamText(agents, top))
}

/** One process, no shell: ends on Ctrl-C by the signal. */
export const sleeper: AgentKeys = { command: ['sleep', '1000'] }

/** Ends on Ctrl-C with 0, after `delay` seconds, and leaves nothing behind. */
export function polite(delay = 0): AgentKeys {
  const pause = delay === 0 ? '' : `sleep ${delay}; `
  return { command: `trap 'kill $!; ${pause}exit 0' INT; sleep 1000 & wait` }
}

/** Ignores every signal that can be ignored; `timeout` is its drain budget. */
export function stubborn(timeout: string): AgentKeys {
  return { command: "trap '' HUP INT TERM; while :; do sleep 0.1; done", drain: timeout }
}
