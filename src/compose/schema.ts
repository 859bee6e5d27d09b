import * as z from 'zod/mini'
import { nameMaxLength, namePattern } from '../model/names.ts'
import type { ProjectFile, TeamFile } from './file.ts'
import { env, envFile, passEnv } from './schema-env.ts'
import { limits } from './schema-limits.ts'
import {
  allow,
  args,
  command,
  drain,
  key,
  restart,
  supervisor,
  tasks,
  text,
  yesOrNo,
} from './schema-values.ts'

/** The schema of one compose file. What several files, projects and defaults add up to is checked later. */

const description = {
  cwd: 'Working directory. Relative to the directory of the compose file; `~` is the home directory.',
  env: 'Environment variables, as a mapping or a list of NAME=value. A variable without a value is taken from the calling environment.',
  env_file: 'Files of environment variables, earlier ones overridden by later ones and by `env`.',
  pass_env: 'Names of variables of the calling shell to pass on; `*` and `?` match other characters.',
  drain: 'How an agent is asked to end, and for how long: a duration, or a mapping.',
  args: 'Arguments added to the command line.',
  model: 'Model that the agent CLI should use.',
  resume:
    'Whether a start takes up the last session of the agent again. Default true; false begins a new one each time.',
  mcp: 'Whether the agent’s CLI gets `team mcp` as an MCP server when it is started. Default false.',
  allow:
    'What the agent may do through `team mcp`: ps, logs, capture, ls, wait, send, task, process, session; `task:web` only with those agents. Default: ps, logs, capture, ls, wait.',
} as const

const names = z.string()
z.globalRegistry.add(names, { pattern: namePattern.source, maxLength: nameMaxLength })

const common = {
  runtime: key('Kind of agent: claude, codex, gemini, opencode, command, or a key of `runtimes`.', text),
  model: key(description.model, text),
  role: key('Free text that selects agents: `team ps role=NAME`.', text),
  restart: key('When the agent is started again after it ended. Default `no`.', restart),
  drain: key(description.drain, drain),
  env: key(description.env, z.nullable(env)),
  env_file: key(description.env_file, z.nullable(envFile)),
  pass_env: key(description.pass_env, z.nullable(passEnv)),
  args: key(description.args, z.nullable(args)),
  cwd: key(description.cwd, text),
  resume: key(description.resume, yesOrNo),
  limits: key(
    'What the agent may use at most, with everything that it starts. systemd only.',
    z.nullable(limits),
  ),
  mcp: key(description.mcp, yesOrNo),
  allow: key(description.allow, allow),
}

const defaultsSchema = z.strictObject(common)

const agentSchema = z.strictObject({
  ...common,
  command: key(
    'Program and arguments; a string is run by `/bin/sh -c`. With another runtime it replaces the program.',
    command,
  ),
  prompt: key('First prompt, as text.', text),
  prompt_file: key('File that holds the first prompt, as UTF-8 text.', text),
})

const runtimeSchema = z.strictObject({
  extends: key('Runtime that this one is a variant of. Default with a `command`: command.', text),
  model: key(description.model, text),
  command: key('Program and first arguments; a string is run by `/bin/sh -c`.', command),
  args: key('Arguments that come before those of the agent.', z.nullable(args)),
  env: key(description.env, z.nullable(env)),
  drain: key(description.drain, drain),
  resume: key(description.resume, yesOrNo),
})

export const projectSchema: z.ZodMiniType<ProjectFile> = z.strictObject({
  cwd: key("Working directory of the project's agents. Default: the directory of the compose file.", text),
  env: key(description.env, z.nullable(env)),
  env_file: key(description.env_file, z.nullable(envFile)),
  pass_env: key(description.pass_env, z.nullable(passEnv)),
  drain: key(description.drain, drain),
  defaults: key("Merged under each of the project's agents.", z.nullable(defaultsSchema)),
  agents: key('The agents, by name.', z.nullable(z.record(names, z.nullable(agentSchema)))),
})

export const teamSchema: z.ZodMiniType<TeamFile> = z.strictObject({
  name: key('Name of the team. Default: the name of the directory, in lower case.', text),
  supervisor: key('What keeps the agents alive: `tmux`, `systemd`, `launchd`, or a mapping.', supervisor),
  tasks: key('Settings of `team task`.', z.nullable(tasks)),
  drain: key(description.drain, drain),
  env_file: key(description.env_file, z.nullable(envFile)),
  env: key(description.env, z.nullable(env)),
  pass_env: key(description.pass_env, z.nullable(passEnv)),
  defaults: key('Merged under every agent.', z.nullable(defaultsSchema)),
  runtimes: key('Variants of runtimes, and new ones, by name.', z.nullable(z.record(names, runtimeSchema))),
  projects: key(
    'The projects, by name. A path names a file that holds one.',
    z.nullable(z.record(names, z.nullable(z.union([text, projectSchema])))),
  ),
})

for (const [id, schema] of Object.entries({
  defaults: defaultsSchema,
  agent: agentSchema,
  runtime: runtimeSchema,
  project: projectSchema,
})) {
  z.globalRegistry.add(schema, { id })
}
