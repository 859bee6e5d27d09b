import type { AgentSpec } from '../model/agent.ts'
import type { Compose, TaskSettings } from '../model/compose.ts'
import type { DrainStep } from '../model/drain.ts'
import { formatDuration } from '../model/duration.ts'
import { formatGrant } from '../model/grant.ts'
import type { Limits } from '../model/limits.ts'
import { hiddenValues, hide, mask } from './hidden.ts'
import { formatMemory } from './memory.ts'

/** Data as JSON has it. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

export interface PlainOptions {
  /** Show the values of variables; without it each is `***`, in commands and prompts too. */
  readonly reveal: boolean
}

/** The resolved team in the shape of a compose file: nothing left to look up, nothing left out. */
export function composeToPlain(compose: Compose, options: PlainOptions): Plain {
  const projects = new Map<string, Map<string, Plain>>()
  const runtimes: Record<string, Plain> = {}
  const hidden = options.reveal ? [] : hiddenValues(compose)
  for (const agent of compose.agents) {
    const agents = projects.get(agent.project) ?? new Map<string, Plain>()
    projects.set(agent.project, agents.set(agent.agent, agentToPlain(agent, hidden, options)))
    // What a variant brings is already in its agents; only its kind is left to say.
    if (agent.runtime !== agent.kind) runtimes[agent.runtime] = { extends: agent.kind }
  }
  const { config, historyLimit } = compose.supervisor.tmux
  return {
    name: compose.name,
    supervisor: {
      type: compose.supervisor.type,
      tmux: { ...given('config', config), history_limit: historyLimit },
      ...(compose.supervisor.type === 'systemd'
        ? { systemd: { boot: compose.supervisor.systemd.boot } }
        : {}),
      ...(compose.supervisor.type === 'launchd'
        ? { launchd: { boot: compose.supervisor.launchd.boot } }
        : {}),
    },
    ...tasksToPlain(compose.tasks, (text) => hide(text, hidden)),
    ...(Object.keys(runtimes).length > 0 ? { runtimes } : {}),
    projects: Object.fromEntries(
      [...projects].map(([name, agents]) => [name, { agents: Object.fromEntries(agents) }]),
    ),
  }
}

function agentToPlain(agent: AgentSpec, hidden: readonly string[], { reveal }: PlainOptions): Plain {
  const { restart, drain, prompt } = agent
  const env = Object.entries(agent.env).map(([name, value]) => [name, reveal ? value : mask])
  const shown = (text: string) => hide(text, hidden)
  return {
    runtime: agent.runtime,
    ...given('model', agent.model),
    ...given('role', agent.role),
    cwd: agent.cwd,
    ...given('command', agent.command?.map(shown) ?? null),
    ...(agent.args.length > 0 ? { args: agent.args.map(shown) } : {}),
    ...(prompt === null
      ? {}
      : prompt.file === null
        ? { prompt: shown(prompt.text) }
        : { prompt_file: prompt.file }),
    ...(agent.resume ? {} : { resume: false }),
    ...(agent.limits === undefined ? {} : { limits: limitsToPlain(agent.limits) }),
    ...(agent.mcp ? { mcp: true } : {}),
    ...given('allow', agent.allow?.map(formatGrant) ?? null),
    ...(env.length > 0 ? { env: Object.fromEntries(env) } : {}),
    ...(agent.passEnv.length > 0 ? { pass_env: agent.passEnv } : {}),
    restart: {
      policy: restart.policy,
      max: restart.max,
      backoff: {
        initial: formatDuration(restart.backoff.initialMs),
        factor: restart.backoff.factor,
        max: formatDuration(restart.backoff.maxMs),
        reset_after: formatDuration(restart.backoff.resetAfterMs),
      },
    },
    drain: {
      timeout: formatDuration(drain.timeoutMs),
      ...(drain.mode === 'interrupt' ? {} : { mode: drain.mode }),
      ...(drain.steps === null ? {} : { steps: drain.steps.map(stepToText) }),
    },
  }
}

function tasksToPlain(
  { maxParallel, onEnd, onEndTimeoutMs }: TaskSettings,
  shown: (text: string) => string,
): { readonly [key: string]: Plain } {
  if (maxParallel === null && onEnd === null) return {}
  const command = onEnd === null ? {} : { on_end: onEnd.map(shown) }
  const timeout = onEnd === null ? {} : { on_end_timeout: formatDuration(onEndTimeoutMs) }
  return { tasks: { ...given('max_parallel', maxParallel), ...command, ...timeout } }
}

function limitsToPlain({ memory, ...others }: Limits): Plain {
  return { ...(memory === undefined ? {} : { memory: formatMemory(memory) }), ...others }
}

function given(key: string, value: Plain): { readonly [key: string]: Plain } {
  return value === null ? {} : { [key]: value }
}

function stepToText(step: DrainStep): string {
  switch (step.kind) {
    case 'key':
      return step.key
    case 'pause':
      return formatDuration(step.ms)
    case 'signal':
      return step.signal
    default:
      throw step satisfies never
  }
}
