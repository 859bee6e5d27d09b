import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { findComposeFiles, stateDirName } from '../compose/find.ts'
import { TeamError } from '../errors.ts'
import { capture } from '../io/exec.ts'
import { fileRecords } from '../io/records.ts'
import { recordedPlace } from '../io/team-place.ts'
import type { AgentId } from '../model/agent.ts'
import type { Compose } from '../model/compose.ts'
import type { Fingerprint } from '../model/fingerprint.ts'
import type { Launch } from '../model/launch.ts'
import type { Supervisor } from '../model/supervisor.ts'
import type { Observation } from '../model/unit.ts'
import type { WantedAgent } from '../plan/status.ts'
import { inheritedEnvironment } from '../render/environment.ts'
import { agentDirectory, renderLaunch, withFingerprint } from '../render/launch.ts'
import { createTmuxSupervisor } from '../supervisor/tmux/supervisor.ts'
import { createTmuxServer, type TmuxServer } from '../terminal/tmux-server.ts'
import { activityOf } from './activity.ts'
import { type CacheKey, type Resolved, readCache, recordedVariables, writeCache } from './compose-cache.ts'
import type { Context } from './context.ts'
import { teamSupervisor, tmuxSocket } from './supervisors.ts'
import { version } from './version.ts'

/** A team as one command sees it: what the file wants, and the supervisor that holds what is. */
export interface Team {
  readonly compose: Compose
  /** Absolute. */
  readonly stateDir: string
  /** Each agent of the file with where it is kept and what it should be; in the file's order. */
  readonly wanted: readonly WantedAgent[]
  /** The same, rendered: only commands that may start something need it. */
  readonly launches: () => readonly Launch[]
  readonly supervisor: Supervisor
  /** TMUX_TMPDIR of the tmux server that holds the team, or would; null: not set. */
  readonly tmuxTmpdir: string | null
}

/** Counts the shapes that a resolved agent has had. */
const cacheFormat = 5

/** ms; a tmux call takes 2 to 5 ms, and 500 sessions in one take a second. */
export const tmuxTimeoutMs = 10_000

/** @throws TeamError `compose-not-found`, `compose-invalid`, `compose-unreadable`, `team-renamed` */
export async function openTeam(outside: Context): Promise<Team> {
  const resolved = await resolveCompose(outside)
  const context = { ...outside, env: resolved.env }
  const { compose, stateDir, fingerprints } = resolved
  const warn = (text: string) => {
    context.stderr.write(`${context.errorStyle.warn('warning:')} ${text}\n`)
  }
  compose.warnings.forEach(warn)
  const wanted = compose.agents.map((spec) => ({
    spec,
    agentDir: agentDirectory(stateDir, spec.project, spec.agent),
    fingerprint: requireFingerprint(fingerprints, spec.id),
  }))
  const found = await findServer(resolved, context)
  const server = found ?? teamServer(compose.name, context)
  const supervisor = await teamSupervisor(compose, context, {
    tmux: () => tmuxSupervisor(compose.name, resolved, server, context),
    systemd: async () => {
      const { systemdSupervisor } = await import('./systemd.ts')
      return systemdSupervisor(compose.name, stateDir, context, readTemplate, warn)
    },
    launchd: async () => {
      const { launchdSupervisor } = await import('./launchd.ts')
      return launchdSupervisor(compose.name, stateDir, context, readTemplate)
    },
  })
  return {
    compose,
    stateDir,
    wanted,
    launches: () => renderTeam(resolved, context),
    supervisor,
    tmuxTmpdir: server.env.TMUX_TMPDIR ?? null,
  }
}

function tmuxSupervisor(
  name: string,
  { compose, stateDir }: ResolvedTeam,
  server: TmuxServer,
  context: Context,
): Supervisor {
  return createTmuxSupervisor({
    team: name,
    config: compose.supervisor,
    server,
    clock: context.clock,
    processes: context.processes,
    records: fileRecords,
    agents: compose.agents.length,
    socket: tmuxSocket(name, server.env),
    activity: (unit) => activityOf(unit, stateDir),
  })
}

/**
 * The server of agents that were started with another TMUX_TMPDIR (an agent's own shell has none): they would all be
 * started a second time. null: there is none.
 * @throws TeamError `team-renamed`, for the same reason
 */
async function findServer(resolved: ResolvedTeam, context: Context): Promise<TmuxServer | null> {
  const { compose, stateDir } = resolved
  const before = recordedPlace(stateDir)
  const here = context.env.TMUX_TMPDIR ?? null
  if (before === null || (before.name === compose.name && before.tmuxTmpdir === here)) return null
  const env = { ...context.env, TMUX_TMPDIR: before.tmuxTmpdir ?? undefined }
  const server = teamServer(before.name, { env })
  const held = await tmuxSupervisor(before.name, resolved, server, context).observe()
  const units = before.name === compose.name ? [] : await unitsOf(before.name, stateDir, context)
  const up = [...held, ...units].filter(
    (unit) => unit.composeFile === compose.file || isSameDirectory(unit.stateDir, stateDir),
  )
  if (up.length === 0) return null
  if (before.name === compose.name) return server
  throw new TeamError(
    'team-renamed',
    `this team is named ${compose.name} now, and ${up.length} of its agents are up as ${before.name}`,
    { hint: `put \`name: ${before.name}\` into the file and run: team down. Then rename it` },
  )
}

async function unitsOf(name: string, stateDir: string, context: Context): Promise<readonly Observation[]> {
  const { formerUnits } = await import('./former-units.ts')
  return formerUnits(name, stateDir, context, readTemplate)
}

/** Through links; one that is gone has been moved here. */
function isSameDirectory(one: string, other: string): boolean {
  return !existsSync(one) || realpathSync(one) === realpathSync(other)
}

export function renderTeam(
  { compose, stateDir, fingerprints }: ResolvedTeam,
  { env }: Pick<Context, 'env'>,
): readonly Launch[] {
  const inherited = inheritedEnvironment(env)
  const shared = { compose, stateDir, env, shell: wrapperShell(), inherited, self: ownCommand() }
  return compose.agents.map((agent) =>
    withFingerprint(renderLaunch(agent, shared), requireFingerprint(fingerprints, agent.id)),
  )
}

export function teamServer(team: string, context: Pick<Context, 'env'>): TmuxServer {
  return createTmuxServer({
    binary: 'tmux',
    socketName: `team-${team}`,
    env: context.env,
    exec: capture,
    timeoutMs: tmuxTimeoutMs,
  })
}

interface ResolvedTeam extends Resolved {
  readonly stateDir: string
  /** The environment that it was resolved with. */
  readonly env: Context['env']
}

/** The compose file, resolved: from the cache when nothing that took part has changed. */
export async function resolveCompose(context: Context): Promise<ResolvedTeam> {
  const found = findComposeFiles({ files: context.globals.files, cwd: context.cwd, env: context.env })
  const [first] = found.files
  const fromStdin = found.files.some((file) => file.stdin)
  const stateDir = stateDirectory(first?.path ?? join(context.cwd, '-'), context)
  const env = insideAgent(context) ? { ...recordedVariables(stateDir), ...context.env } : context.env
  const key: CacheKey = {
    version: `${version}+${cacheFormat}`,
    stateDir,
    files: found.files.map((file) => file.path),
    env,
  }
  const cached = fromStdin ? null : readCache(key)
  if (cached !== null) return { ...cached, stateDir, env }
  const { loadAndFingerprint } = await import('./load-compose.ts')
  const { resolved, inputs, variables } = await loadAndFingerprint({ ...context, env })
  // Nothing is made on disk for a team that was never started.
  if (!fromStdin && existsSync(stateDir)) writeCache(key, resolved, inputs, variables)
  return { ...resolved, stateDir, env }
}

/** Does an agent run this command, in its own shell? */
export function insideAgent({ env }: Pick<Context, 'env'>): boolean {
  // Tasks and processes of an agent do not carry its marker: a drain must not end them.
  return [env.TEAM_UNIT, env.TEAM_TASK_ID, env.TEAM_PROCESS_ID].some(
    (value) => value !== undefined && value !== '',
  )
}

function stateDirectory(composeFile: string, context: Context): string {
  const { cwd, env } = context
  const named = env.TEAM_STATE_DIR
  return named === undefined || named === '' || isOfAnotherTeam(composeFile, context)
    ? join(dirname(composeFile), stateDirName)
    : resolve(cwd, named)
}

/** The state directory that an agent is given is that of its own file, and `-f` may name another one. */
function isOfAnotherTeam(composeFile: string, context: Context): boolean {
  const { cwd, env, globals } = context
  if (globals.files.length === 0 || !insideAgent(context) || (env.TEAM_FILE ?? '') === '') return false
  return findComposeFiles({ files: [], cwd, env }).files[0]?.path !== composeFile
}

function requireFingerprint(fingerprints: Resolved['fingerprints'], id: AgentId): Fingerprint {
  const found = fingerprints[id]
  if (found === undefined) throw new TeamError('internal', `${id} has no fingerprint`)
  return found
}

/** dash tells an exit code of 137 from a SIGKILL; a shell that cannot is only second best. */
export function wrapperShell(): string {
  return existsSync('/bin/dash') ? '/bin/dash' : '/bin/sh'
}

/** Command line of this program, for others to start it with. */
export function ownCommand(): readonly string[] {
  return [process.execPath, join(import.meta.dirname, '..', 'bin', 'team.js')]
}

/** Files that are shipped beside the program. */
export function readTemplate(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'templates', name), 'utf8')
}
