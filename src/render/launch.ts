import type { AgentSpec } from '../model/agent.ts'
import type { Compose } from '../model/compose.ts'
import type { DrainPolicy } from '../model/drain.ts'
import type { Fingerprint } from '../model/fingerprint.ts'
import type { Launch } from '../model/launch.ts'
import { runtimeOf } from '../runtimes/registry.ts'
import { declaredEnvironment } from './environment.ts'
import type { FingerprintInput } from './fingerprint.ts'
import { withMcp } from './mcp.ts'
import { shellQuote } from './quote.ts'
import { sessionLaunch } from './session.ts'

export interface RenderContext {
  readonly compose: Compose
  /** Absolute. */
  readonly stateDir: string
  /** Absolute path of the shell that runs the wrapper. */
  readonly shell: string
  /** Environment of the calling shell. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What every agent inherits of it: computed once, for all agents. */
  readonly inherited: Readonly<Record<string, string>>
  /** Command line of this program. */
  readonly self: readonly string[]
}

/** Files of the state directory that every agent of the team shares. */
export const stateFiles = {
  wrapper: 'agent-wrapper.sh',
  logger: 'agent-logger.sh',
  events: 'events.jsonl',
} as const

/** Everything of a launch but its fingerprint. */
export type Rendered = Omit<Launch, 'fingerprint'>

/** Compose → what starts one agent. Pure. */
export function renderLaunch(plain: AgentSpec, context: RenderContext): Rendered {
  const { compose, stateDir, env, inherited } = context
  const { agent, env: mcpEnv } = withMcp(plain, context.self)
  const runtime = runtimeOf(agent.kind)
  const marker = markerOf(compose, agent)
  const environment = { ...inherited, ...declaredEnvironment(agent, env, { ...runtime.env, ...mcpEnv }) }
  const agentDir = agentDirectory(stateDir, agent.project, agent.agent)
  return {
    id: agent.id,
    project: agent.project,
    agent: agent.agent,
    role: agent.role,
    team: compose.name,
    composeFile: compose.file,
    stateDir,
    agentDir,
    marker,
    runtime: agent.kind,
    cwd: agent.cwd,
    argv: runtime.argv(agent, 'none'),
    session: sessionLaunch(agent, environment),
    wrapper: [context.shell, `${stateDir}/${stateFiles.wrapper}`, agentDir],
    // Sourced, not run: the shell that reads it is all that is needed.
    logger: `set -- ${shellQuote(agentDir)}; . ${shellQuote(`${stateDir}/${stateFiles.logger}`)}`,
    env: {
      ...environment,
      // Programs trust PWD over the real directory; the wrapper's shell would export its own.
      PWD: agent.cwd,
      TEAM_NAME: compose.name,
      TEAM_PROJECT: agent.project,
      TEAM_AGENT: agent.id,
      // All of them, so that `team` inside the agent sees the same team.
      TEAM_FILE: compose.files.join(':'),
      TEAM_STATE_DIR: stateDir,
      TEAM_UNIT: marker,
    },
    restart: agent.restart,
    drain: drainPolicy(agent),
    ...(agent.limits === undefined ? {} : { limits: agent.limits }),
    supervisor: compose.supervisor,
  }
}

/** What of a launch makes it another launch. */
export function fingerprintInput(
  agent: AgentSpec,
  context: Pick<RenderContext, 'compose' | 'env'>,
): FingerprintInput {
  const runtime = runtimeOf(agent.kind)
  return {
    agent,
    argv: runtime.argv(agent, 'none'),
    declaredEnv: declaredEnvironment(agent, context.env, runtime.env),
    drain: drainPolicy(agent),
    supervisor: context.compose.supervisor,
  }
}

export function withFingerprint(rendered: Rendered, fingerprint: Fingerprint): Launch {
  return { ...rendered, fingerprint }
}

export function agentDirectory(stateDir: string, project: string, agent: string): string {
  // Not path.join: names are checked, and this runs for every agent of every `ps`.
  return `${stateDir}/agents/${project}/${agent}`
}

function drainPolicy(agent: AgentSpec): DrainPolicy {
  const { timeoutMs, mode, steps } = agent.drain
  return { timeoutMs, mode, steps: steps ?? runtimeOf(agent.kind).drainSteps }
}

/** Unique on this host: two teams of one name cannot share a compose file. No blanks, so that `ps -E` output can be split. */
export function markerOf(
  compose: Pick<Compose, 'name' | 'file'>,
  agent: Pick<AgentSpec, 'project' | 'agent'>,
): string {
  return `${compose.name}/${agent.project}/${agent.agent}@${encodeURIComponent(compose.file)}`
}
