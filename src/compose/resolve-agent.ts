import { type AgentSpec, agentId } from '../model/agent.ts'
import type { DrainRequest } from '../model/drain.ts'
import type { RuntimeKind } from '../model/runtime.ts'
import { layerEnv } from './environment.ts'
import type { AgentFile, ProjectFile } from './file.ts'
import { resolveLimits } from './limits.ts'
import { addMergedProblem, isBroken } from './loading.ts'
import { mergeKeys, mergeNames, mergeRestart } from './merge.ts'
import { drainProblem, drainRequest, restartPolicy } from './policies.ts'
import type { KeyPath } from './problem.ts'
import { resolvePrompt } from './prompt.ts'
import type { TeamContext } from './resolve.ts'
import { unknownRuntime, type Variant } from './variants.ts'

/** One agent and everything above it in the file. */
export interface AgentPlace {
  readonly team: TeamContext
  readonly projectName: string
  readonly project: ProjectFile
  /** Default working directory of the project. */
  readonly projectDir: string
  readonly name: string
  readonly agent: AgentFile
}

/** Defaults < project < agent: null when a problem, which is reported, leaves no agent to speak of. */
export function resolveAgent(place: AgentPlace): AgentSpec | null {
  const { team, project, projectName, name, agent } = place
  const { defaults } = team.file
  const own = project.defaults
  const path = pathOf(place)
  const runtime = runtimeName(place)
  const variant = runtime === null ? null : variantOf(runtime, place)
  const prompt = resolvePrompt(agent, path, team.loading)
  const env = environment(place, runtime, variant)
  if (runtime === null || variant === null) return null
  checkCommand(place, variant)
  const limits = resolveLimits([defaults?.limits, own?.limits, agent.limits])
  const restart = mergeRestart(mergeRestart(defaults?.restart, own?.restart), agent.restart)
  return {
    id: agentId(projectName, name),
    project: projectName,
    agent: name,
    role: agent.role ?? own?.role ?? defaults?.role ?? null,
    runtime,
    kind: variant.kind,
    model: model(place, variant),
    cwd: agent.cwd ?? own?.cwd ?? project.cwd ?? defaults?.cwd ?? place.projectDir,
    command: agent.command ?? variant.command ?? null,
    args: args(place, variant),
    prompt,
    resume: resume(place, variant),
    ...(limits === null ? {} : { limits }),
    mcp: mcp(place, variant, env),
    allow: agent.allow ?? own?.allow ?? defaults?.allow ?? null,
    env,
    passEnv: [team.file, defaults, project, own, agent].reduce<readonly string[]>(
      (names, level) => mergeNames(names, level?.pass_env) ?? [],
      [],
    ),
    restart: restartPolicy(restart),
    drain: drain(place, variant),
  }
}

function drain(place: AgentPlace, variant: Variant): DrainRequest {
  const { team, project, agent } = place
  const levels = [team.file, variant, team.file.defaults, project, project.defaults, agent]
  const request = drainRequest(
    levels.map((level) => level?.drain).reduce((below, above) => mergeKeys(below, above)),
  )
  const problem = drainProblem(request)
  const path = agent.drain === undefined ? pathOf(place) : [...pathOf(place), 'drain']
  if (problem !== null) addMergedProblem(team.loading, path, 'key', problem)
  return request
}

function pathOf({ projectName, name }: AgentPlace): KeyPath {
  return ['projects', projectName, 'agents', name]
}

/** A command of its own makes an agent a `command`, whatever the defaults say; null: nothing names a runtime. */
function runtimeName(place: AgentPlace): string | null {
  const { agent, project, team } = place
  if (agent.runtime !== undefined) return agent.runtime
  if (agent.command !== undefined) return 'command'
  const inherited = project.defaults?.runtime ?? team.file.defaults?.runtime
  if (inherited !== undefined) return inherited
  const path = pathOf(place)
  const excused = [
    [...path, 'runtime'],
    [...path, 'command'],
    ['projects', place.projectName, 'defaults', 'runtime'],
    ['defaults', 'runtime'],
  ].some((other) => isBroken(team.loading, other))
  if (!excused) addMergedProblem(team.loading, path, 'key', 'needs a "runtime" or a "command"')
  return null
}

function variantOf(runtime: string, place: AgentPlace): Variant | null {
  const { team, agent, project, projectName } = place
  const variant = team.variants.get(runtime)
  if (variant !== undefined) return variant
  if (isBroken(team.loading, ['runtimes', runtime])) return null
  const path =
    agent.runtime !== undefined
      ? [...pathOf(place), 'runtime']
      : project.defaults?.runtime !== undefined
        ? ['projects', projectName, 'defaults', 'runtime']
        : ['defaults', 'runtime']
  const message = unknownRuntime(runtime, Object.keys(team.file.runtimes ?? {}))
  addMergedProblem(team.loading, path, 'value', message)
  return null
}

/** top < runtime variant < defaults < project < project's defaults < agent, each its env files first. */
function environment(
  place: AgentPlace,
  runtime: string | null,
  variant: Variant | null,
): Readonly<Record<string, string>> {
  const { team, project, projectName, agent } = place
  const projectPath = ['projects', projectName]
  let env = layerEnv(team.env, variant, ['runtimes', runtime ?? ''], team)
  env = layerEnv(env, team.file.defaults, ['defaults'], team)
  env = layerEnv(env, project, projectPath, team)
  env = layerEnv(env, project.defaults, [...projectPath, 'defaults'], team)
  return layerEnv(env, agent, pathOf(place), team)
}

/** What an agent with runtime `command` must have, and what it cannot obey. */
function checkCommand(place: AgentPlace, variant: Variant): void {
  if (variant.kind !== 'command') return
  const { agent, team } = place
  const path = pathOf(place)
  const command = agent.command ?? variant.command
  const report = (key: string, message: string): void =>
    addMergedProblem(team.loading, [...path, key], 'key', message)
  if (command === undefined && !isBroken(team.loading, [...path, 'command']))
    addMergedProblem(team.loading, path, 'key', 'the runtime command needs a "command"')
  if (agent.model !== undefined) report('model', 'the runtime command has no models')
  if (agent.prompt !== undefined) report('prompt', 'the runtime command takes no prompt')
  if (agent.prompt_file !== undefined) report('prompt_file', 'the runtime command takes no prompt')
  if (agent.resume !== undefined) report('resume', 'the runtime command has no sessions')
  if (agent.mcp === true) report('mcp', 'the runtime command has no MCP servers; let it run: team mcp')
  if (command?.[0] === '/bin/sh' && command[1] === '-c' && args(place, variant).length > 0)
    report('args', 'a command that is one string takes no args; write the command as a list')
}

/** Defaults are for the agents that can use them: a model is nothing to a command. */
function model({ agent, project, team }: AgentPlace, variant: Variant): string | null {
  if (variant.kind === 'command') return null
  return agent.model ?? project.defaults?.model ?? team.file.defaults?.model ?? variant.model ?? null
}

/** Default arguments belong to the default program: an agent with a command line of its own goes without. */
function args({ agent, project, team }: AgentPlace, variant: Variant): readonly string[] {
  const ownProgram = variant.kind === 'command' && agent.command !== undefined
  const inherited = ownProgram ? [] : (project.defaults?.args ?? team.file.defaults?.args ?? [])
  return [...variant.args, ...(agent.args ?? inherited)]
}

/** A command has no sessions that could be left aside. */
function resume({ agent, project, team }: AgentPlace, variant: Variant): boolean {
  if (variant.kind === 'command') return true
  return agent.resume ?? project.defaults?.resume ?? team.file.defaults?.resume ?? variant.resume ?? true
}

/** A command has nothing that could be told of a server; a CLI that can only be told in the user's own settings is refused. */
function mcp(place: AgentPlace, variant: Variant, env: Readonly<Record<string, string>>): boolean {
  const { agent, project, team } = place
  if (variant.kind === 'command') return false
  const wanted = agent.mcp ?? project.defaults?.mcp ?? team.file.defaults?.mcp ?? false
  const problem = wanted ? mcpProblem(variant.kind, env) : null
  if (problem !== null) addMergedProblem(team.loading, [...pathOf(place), 'mcp'], 'value', problem)
  return wanted
}

function mcpProblem(kind: RuntimeKind, env: Readonly<Record<string, string>>): string | null {
  if (kind === 'gemini')
    return 'gemini takes MCP servers from its settings files only; add team mcp to ~/.gemini/settings.json, and set mcp: false'
  const taken = 'OPENCODE_CONFIG_CONTENT'
  if (kind === 'opencode' && env[taken] !== undefined)
    return `its env has ${taken}, which mcp needs; keep one of them`
  return null
}
