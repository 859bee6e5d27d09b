import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ExitCode, systemErrorCode, TeamError } from '../../errors.ts'
import { capture } from '../../io/exec.ts'
import type { Check } from '../../model/check.ts'
import type { SupervisorConfig } from '../../model/compose.ts'
import type { Launch } from '../../model/launch.ts'
import { runtimeOf } from '../../runtimes/registry.ts'
import { isNewEnough, oldestTmux, parseTmuxVersion } from '../../supervisor/tmux/version.ts'
import { tmuxEnvironment } from '../../terminal/tmux-server.ts'
import { doctorReport } from '../../view/doctor.ts'
import type { Run } from '../command.ts'
import type { Context } from '../context.ts'
import { createLaunchCheck } from '../launch-problem.ts'
import { renderTeam, resolveCompose, wrapperShell } from '../team.ts'

/** Looks at everything a team needs from the machine. Exit 1 when something is missing. */
export const doctor: Run = async ({ context }) => {
  const checks = [
    nodeCheck(),
    await tmuxCheck(context),
    shellCheck(),
    await toolsCheck(context),
    ...(await composeChecks(context)),
    ...(await supervisorChecks(context)),
    ...(await Promise.all(agentPrograms.map((program) => programCheck(program, context)))),
  ]
  const failed = checks.some((check) => check.status === 'fail')
  return {
    exitCode: failed ? ExitCode.failed : ExitCode.ok,
    json: checks,
    human: () => doctorReport(checks, { style: context.style, width: context.stdout.columns() || null }),
  }
}

const agentPrograms = ['claude', 'codex', 'gemini', 'opencode'] as const

type AgentProgram = (typeof agentPrograms)[number]

function nodeCheck(): Check {
  const found = process.versions.node
  const [major = 0, minor = 0] = found.split('.').map(Number)
  const good = major > 20 || (major === 20 && minor >= 19)
  return {
    name: 'node',
    status: good ? 'ok' : 'fail',
    detail: found,
    hint: good ? null : 'install Node.js 20.19 or newer',
  }
}

async function tmuxCheck(context: Context): Promise<Check> {
  const { startError, stdout, timedOut } = await probe(['tmux', '-V'], context)
  const name = 'tmux'
  const hint = `install tmux ${oldestTmux.join('.')} or newer (apt install tmux, brew install tmux)`
  if (startError !== null) return { name, status: 'fail', detail: `cannot be run: ${startError}`, hint }
  if (timedOut)
    return { name, status: 'fail', detail: 'does not answer', hint: 'look at what `tmux` is in your PATH' }
  const version = parseTmuxVersion(stdout)
  if (version !== null && !isNewEnough(version))
    return { name, status: 'fail', detail: `${stdout.trim()} is too old`, hint }
  return { name, status: 'ok', detail: stdout.trim(), hint: null }
}

function shellCheck(): Check {
  const shell = wrapperShell()
  if (shell.endsWith('dash')) return { name: 'shell', status: 'ok', detail: shell, hint: null }
  return {
    name: 'shell',
    status: 'warn',
    detail: `${shell}: exit codes above 128 cannot be told from signals`,
    hint: 'install dash',
  }
}

async function toolsCheck(context: Context): Promise<Check> {
  const name = 'env'
  const { code } = await probe(['/usr/bin/env', '--default-signal', 'true'], context)
  if (code === 0) return { name, status: 'ok', detail: 'can reset signals', hint: null }
  return {
    name,
    status: 'warn',
    detail: 'cannot reset signals: exit codes above 128 are taken for signals',
    hint: 'install GNU coreutils 8.31 or newer',
  }
}

async function composeChecks(context: Context): Promise<readonly Check[]> {
  try {
    const team = await resolveCompose(context)
    const { compose, stateDir } = team
    const count = compose.agents.length
    const detail = `${compose.file}: team ${compose.name}, ${count} ${count === 1 ? 'agent' : 'agents'}`
    const file: Check = { name: 'compose file', status: 'ok', detail, hint: null }
    return [file, stateCheck(stateDir), agentsCheck(renderTeam(team, team))]
  } catch (error) {
    if (!(error instanceof TeamError)) throw error
    // No file is no fault: `doctor` is asked before there is one.
    const status = error.code === 'compose-not-found' ? 'warn' : 'fail'
    const detail = [error.message, ...error.details.slice(0, 1)].join(': ')
    return [{ name: 'compose file', status, detail, hint: error.hint }]
  }
}

/** What `up` would say of them before it starts any. */
function agentsCheck(launches: readonly Launch[]): Check {
  const [first, ...more] = launches.flatMap((launch) => launchCheck(launch) ?? [])
  const name = 'agents'
  if (first === undefined)
    return { name, status: 'ok', detail: 'have their programs and directories', hint: null }
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`
  return { name, status: 'fail', detail: `${first.message}${rest}`, hint: first.hint }
}

const launchCheck = createLaunchCheck()

/** What a few agents write at their start. */
const leastBytes = 1024 * 1024
/** A host without systemd lacks nothing, unless the file asks for it. */
async function supervisorChecks(context: Context): Promise<readonly Check[]> {
  const { systemdChecks } = await import('../doctor-systemd.ts')
  const { launchdChecks } = await import('../doctor-launchd.ts')
  const wanted = await wantedSupervisor(context)
  return [...(await systemdChecks(wanted, context)), ...(await launchdChecks(wanted, context))]
}

async function wantedSupervisor(context: Context): Promise<SupervisorConfig | null> {
  try {
    return (await resolveCompose(context)).compose.supervisor
  } catch (error) {
    if (error instanceof TeamError) return null // told by the check of the compose file
    throw error
  }
}

function stateCheck(stateDir: string): Check {
  const name = 'state directory'
  const target = existsSync(stateDir) ? stateDir : dirname(stateDir)
  try {
    accessSync(target, constants.W_OK)
    const { bavail, bsize } = statfsSync(target)
    if (bavail * bsize < leastBytes) {
      const detail = `${stateDir}: its disk is full`
      return { name, status: 'fail', detail, hint: 'make room, or name another place with TEAM_STATE_DIR' }
    }
    return { name, status: 'ok', detail: stateDir, hint: null }
  } catch (error) {
    const detail = `${stateDir} cannot be written: ${systemErrorCode(error) ?? 'unknown error'}`
    return { name, status: 'fail', detail, hint: 'make it writable, or name another one with TEAM_STATE_DIR' }
  }
}

async function programCheck(program: AgentProgram, context: Context): Promise<Check> {
  const { startError, stdout, timedOut } = await probe([program, '--version'], context)
  if (startError !== null) return { name: program, status: 'ok', detail: 'not installed', hint: null }
  if (timedOut) return { name: program, status: 'warn', detail: 'does not answer `--version`', hint: null }
  return versionCheck(program, stdout.split('\n')[0]?.trim() ?? '')
}

/** These programs change fast: what another version does at its end, say, has not been measured. */
function versionCheck(program: AgentProgram, said: string): Check {
  const { testedVersions } = runtimeOf(program)
  const version = /\d+\.\d+\.\d+/.exec(said)?.[0] ?? null
  const tested = testedVersions.join(', ')
  if (version !== null && testedVersions.includes(version))
    return { name: program, status: 'ok', detail: `${version}, tested`, hint: null }
  const detail =
    version === null ? `no version in what it says: ${said}` : `${version}, not tested (${tested} is)`
  return { name: program, status: 'ok', detail, hint: null }
}

function probe(argv: readonly [string, ...string[]], context: Context): ReturnType<typeof capture> {
  return capture(argv, { env: tmuxEnvironment(context.env), cwd: '/', timeoutMs: 10_000 })
}
