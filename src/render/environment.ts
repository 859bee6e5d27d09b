import type { AgentSpec } from '../model/agent.ts'
import { envNameProblem } from '../model/env-name.ts'
import { globPattern } from '../model/glob.ts'

/** What every agent inherits from the calling shell. TERM is not among them: the agent's terminal sets its own. */
const inheritedNames = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'TZ',
  'SSH_AUTH_SOCK',
  // An agent that calls `team` must look for the same tmux sockets.
  'TMUX_TMPDIR',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
])
const inheritedPrefixes = ['LC_', 'XDG_']

/** Belong to the caller's own terminal or agent: they would make a child refuse to start, or reach the wrong server. */
const neverInherited = new Set(['CLAUDECODE', 'TMUX', 'TMUX_PANE'])

type Environment = Readonly<Record<string, string | undefined>>

/** The small inherited set, in the order of names. */
export function inheritedEnvironment(caller: Environment): Record<string, string> {
  return pick(
    caller,
    (name) => inheritedNames.has(name) || inheritedPrefixes.some((prefix) => name.startsWith(prefix)),
  )
}

/** What `pass_env` globs (`*` and `?`) let through. */
export function passedEnvironment(caller: Environment, globs: readonly string[]): Record<string, string> {
  if (globs.length === 0) return {}
  const patterns = globs.map(globPattern)
  return pick(caller, (name) => patterns.some((pattern) => pattern.test(name)))
}

function pick(caller: Environment, wanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of Object.keys(caller).sort()) {
    const value = caller[name]
    if (value === undefined || neverInherited.has(name) || name.startsWith('TEAM_') || !wanted(name)) continue
    // A shell could not have exported such a name, or sets it itself; so does the wrapper's.
    if (envNameProblem(name) === null) picked[name] = value
  }
  return picked
}

/** What the file gives the agent: the part of the environment that counts as configuration. */
export function declaredEnvironment(
  agent: AgentSpec,
  caller: Environment,
  runtimeEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...passedEnvironment(caller, agent.passEnv), ...runtimeEnv, ...agent.env }
}
