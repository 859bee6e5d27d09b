import type { AgentFile, EnvFile, EnvMap, ProjectFile, RestartFile, RuntimeFile, TeamFile } from './file.ts'

/**
 * Later over earlier: mappings merge, single values replace, lists of files and of names append without
 * repeats, command lines and drain steps are replaced whole. A key that is missing or empty changes nothing.
 */

type Absent = null | undefined

export function mergeTeam(a: TeamFile<ProjectFile>, b: TeamFile<ProjectFile>): TeamFile<ProjectFile> {
  return {
    name: b.name ?? a.name,
    supervisor: mergeBoth(a.supervisor, b.supervisor, (x, y) => ({
      type: y.type ?? x.type,
      tmux: mergeKeys(x.tmux, y.tmux),
      systemd: mergeKeys(x.systemd, y.systemd),
      launchd: mergeKeys(x.launchd, y.launchd),
    })),
    tasks: mergeKeys(a.tasks, b.tasks),
    drain: mergeKeys(a.drain, b.drain),
    env_file: mergeEnvFiles(a.env_file, b.env_file),
    env: mergeEnv(a.env, b.env),
    pass_env: mergeNames(a.pass_env, b.pass_env),
    defaults: mergeBoth(a.defaults, b.defaults, mergeAgent),
    runtimes: mergeNamed(a.runtimes, b.runtimes, mergeRuntime),
    projects: mergeNamed(a.projects, b.projects, mergeProject),
  }
}

function mergeProject(a: ProjectFile, b: ProjectFile): ProjectFile {
  return {
    cwd: b.cwd ?? a.cwd,
    env: mergeEnv(a.env, b.env),
    env_file: mergeEnvFiles(a.env_file, b.env_file),
    pass_env: mergeNames(a.pass_env, b.pass_env),
    drain: mergeKeys(a.drain, b.drain),
    defaults: mergeBoth(a.defaults, b.defaults, mergeAgent),
    agents: mergeNamed(a.agents, b.agents, (x, y) => mergeBoth(x, y, mergeAgent) ?? null),
  }
}

/** One agent, or the defaults of agents, in two files. */
function mergeAgent(a: AgentFile, b: AgentFile): AgentFile {
  // A prompt and a file with a prompt stand for the same thing: the later of either counts.
  const prompts = b.prompt !== undefined || b.prompt_file !== undefined ? b : a
  return {
    runtime: b.runtime ?? a.runtime,
    model: b.model ?? a.model,
    role: b.role ?? a.role,
    restart: mergeRestart(a.restart, b.restart),
    drain: mergeKeys(a.drain, b.drain),
    env: mergeEnv(a.env, b.env),
    env_file: mergeEnvFiles(a.env_file, b.env_file),
    pass_env: mergeNames(a.pass_env, b.pass_env),
    args: b.args ?? a.args,
    cwd: b.cwd ?? a.cwd,
    command: b.command ?? a.command,
    prompt: prompts.prompt,
    prompt_file: prompts.prompt_file,
    resume: b.resume ?? a.resume,
    limits: mergeKeys(a.limits, b.limits),
    mcp: b.mcp ?? a.mcp,
    // What may be done is said in one place, whole.
    allow: b.allow ?? a.allow,
  }
}

function mergeRuntime(a: RuntimeFile, b: RuntimeFile): RuntimeFile {
  return {
    extends: b.extends ?? a.extends,
    model: b.model ?? a.model,
    command: b.command ?? a.command,
    args: b.args ?? a.args,
    env: mergeEnv(a.env, b.env),
    drain: mergeKeys(a.drain, b.drain),
    resume: b.resume ?? a.resume,
  }
}

/** A short form (`restart: always`) sets the policy and the count; the backoff stays as it was. */
export function mergeRestart(
  a: RestartFile | undefined,
  b: RestartFile | undefined,
): RestartFile | undefined {
  return mergeBoth(a, b, (x, y) => ({
    ...mergeKeys(x, y),
    backoff: mergeKeys(x.backoff, y.backoff),
  }))
}

export function mergeEnv(a: EnvMap | Absent, b: EnvMap | Absent): EnvMap | undefined {
  return mergeBoth(a, b, (x, y) => ({ ...x, ...y }))
}

export function mergeNames(
  a: readonly string[] | Absent,
  b: readonly string[] | Absent,
): readonly string[] | undefined {
  return mergeBoth(a, b, (x, y) => [...new Set([...x, ...y])])
}

/** A file that is named twice keeps its first place, and what was said of it last. */
function mergeEnvFiles(
  a: readonly EnvFile[] | Absent,
  b: readonly EnvFile[] | Absent,
): readonly EnvFile[] | undefined {
  return mergeBoth(a, b, (x, y) => [...new Map([...x, ...y].map((file) => [file.path, file])).values()])
}

/** Key by key, one level deep. */
export function mergeKeys<T extends object>(a: T | Absent, b: T | Absent): T | undefined {
  return mergeBoth(a, b, (x, y) => {
    const merged = { ...x }
    for (const key in y) if (y[key] !== undefined) merged[key] = y[key]
    return merged
  })
}

function mergeNamed<T>(
  a: Readonly<Record<string, T>> | Absent,
  b: Readonly<Record<string, T>> | Absent,
  merge: (a: T, b: T) => T,
): Readonly<Record<string, T>> | undefined {
  return mergeBoth(a, b, (x, y) => {
    const merged: Record<string, T> = { ...x }
    for (const [name, value] of Object.entries(y)) {
      const earlier = merged[name]
      merged[name] = earlier === undefined ? value : merge(earlier, value)
    }
    return merged
  })
}

function mergeBoth<T>(a: T | Absent, b: T | Absent, merge: (a: T, b: T) => T): T | undefined {
  if (a === null || a === undefined) return b ?? undefined
  if (b === null || b === undefined) return a
  return merge(a, b)
}
