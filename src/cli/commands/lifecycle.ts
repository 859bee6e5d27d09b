import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type LifecycleInput, type LifecycleResult, runLifecycle } from '../../engine/lifecycle.ts'
import { type ErrorCode, ExitCode, TeamError } from '../../errors.ts'
import { acquireLock } from '../../io/lock.ts'
import type { AgentId } from '../../model/agent.ts'
import type { Request } from '../../plan/plan.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { failureLines, outcomeLines, planLines } from '../../view/outcome.ts'
import { outcomesJson, planJson } from '../../view/outcome-json.ts'
import { goOnInBackground } from '../background.ts'
import { candidates } from '../candidates.ts'
import { type CommandResult, flag, type Invocation, numberOption, type Run } from '../command.ts'
import type { Context } from '../context.ts'
import { enginePorts } from '../engine-ports.ts'
import type { LaunchCheck } from '../launch-problem.ts'
import { startProgress } from '../progress.ts'
import { insideAgent, openTeam, type Team } from '../team.ts'

/** ms. Longer than any sensible drain: the other command is likely to be one. */
const defaultLockTimeoutMs = 600_000
const defaultWaitMs = 60_000

export const up: Run = (invocation) =>
  lifecycle(invocation, {
    command: 'up',
    forceRecreate: flag(invocation.options, 'forceRecreate'),
    removeOrphans: flag(invocation.options, 'removeOrphans'),
  })

export const down: Run = (invocation) => lifecycle(invocation, { command: 'down' })

export const reload: Run = (invocation) =>
  lifecycle(invocation, { command: 'reload', force: flag(invocation.options, 'force') })

export const restart: Run = (invocation) => lifecycle(invocation, { command: 'restart' })

async function lifecycle(invocation: Invocation, request: Request): Promise<CommandResult> {
  const { context, options } = invocation
  if (flag(options, 'now') && options.drain !== undefined)
    throw new TeamError('usage', '`--now` gives no time to end, and `--drain` some', {
      hint: 'name one of them',
    })
  let team = await openTeam(context)
  const dryRun = flag(options, 'dryRun')
  if (!dryRun && insideAgent(context)) {
    const isOwnEnd =
      (await drainsCaller(team, invocation, request)) || (await endsCaller(team, invocation, request))
    if (isOwnEnd) return goOnInBackground(team, context)
  }
  const held = dryRun ? null : await lock(team.stateDir, request, invocation)
  const progress = startProgress(request.command, context)
  try {
    // What was read before may be older than what the other command has applied.
    if (held?.waited === true) team = await openTeam(context)
    const input = lifecycleInput(team, invocation, request, dryRun)
    let scope: ReadonlySet<AgentId> | null = null
    const result = await runLifecycle(
      {
        ...input,
        scope: (observed) => {
          scope = input.scope(observed)
          return scope
        },
      },
      enginePorts(team, context, progress.event, await limitCheck(team, request, context)),
    )
    if (request.command !== 'down' || !hasRest(team.stateDir))
      return toResult(result, invocation, team.compose.name)
    const { endRest, withRest } = await import('./down-rest.ts')
    const jobs = await endRest(team.stateDir, scope, { now: input.options.now, dryRun }, context)
    return withRest(toResult(result, invocation, team.compose.name), jobs, dryRun, context)
  } finally {
    progress.stop()
    held?.release()
    if (request.command !== 'down' && !dryRun) await startRest(team, context)
  }
}

/** Messages that waited for an agent to be up again, and tasks that may run by what the file says now. */
async function startRest({ stateDir, compose }: Team, context: Context): Promise<void> {
  if (existsSync(join(stateDir, 'inbox'))) {
    const { startInboxRunner } = await import('../inbox/kick.ts')
    await startInboxRunner(context)
  }
  if (existsSync(join(stateDir, 'tasks'))) {
    const { settleTasks } = await import('../jobs/end-team.ts')
    await settleTasks(stateDir, compose.tasks.maxParallel, context)
  }
}

function lifecycleInput(
  team: Team,
  { args, options }: Invocation,
  request: Request,
  dryRun: boolean,
): LifecycleInput {
  return {
    team: team.compose.name,
    composeFile: team.compose.file,
    wanted: team.launches,
    scope: (observed) => resolveTargets(args, candidates(team.compose.agents, observed)),
    request,
    options: {
      drainMs: numberOption(options, 'drain'),
      now: flag(options, 'now'),
      rolling: numberOption(options, 'rolling'),
      shutdown: false,
    },
    dryRun,
    waitMs: flag(options, 'wait') ? (numberOption(options, 'waitTimeout') ?? defaultWaitMs) : null,
  }
}

/** Would this command end the very agent that runs it? */
async function drainsCaller(team: Team, invocation: Invocation, request: Request): Promise<boolean> {
  const { context } = invocation
  const ports = enginePorts(team, context, () => undefined)
  const { plan } = await runLifecycle(lifecycleInput(team, invocation, request, true), ports)
  return plan.waves
    .flat()
    .some(
      (action) =>
        (action.action === 'stop' || action.action === 'restart') &&
        action.unit?.marker === context.env.TEAM_UNIT,
    )
}

/** Limits that nothing would keep are known before anything is drained for them. */
async function limitCheck(
  { compose }: Team,
  { command }: Request,
  context: Context,
): Promise<LaunchCheck | undefined> {
  if (command === 'down' || compose.agents.every((agent) => agent.limits === undefined)) return undefined
  const { systemdLimitCheck } = await import('../systemd.ts')
  const problemOf = await systemdLimitCheck(context.env)
  return (launch) => problemOf(launch)?.toDetail() ?? null
}

/** Would it end the very task or process that runs it? */
async function endsCaller(team: Team, { context, args }: Invocation, request: Request): Promise<boolean> {
  const own = [context.env.TEAM_TASK_ID, context.env.TEAM_PROCESS_ID]
  if (request.command !== 'down' || own.every((id) => id === undefined || id === '')) return false
  const { openJobs } = await import('../jobs/end-team.ts')
  const scope = resolveTargets(args, candidates(team.compose.agents, await team.supervisor.observe()))
  return openJobs(team.stateDir, scope, context).some(({ id }) => own.includes(id))
}

/** Tasks, processes or messages there have ever been. */
function hasRest(stateDir: string): boolean {
  return ['tasks', 'processes', 'inbox'].some((name) => existsSync(join(stateDir, name)))
}

async function lock(
  stateDir: string,
  request: Request,
  { context, options }: Invocation,
): Promise<{ readonly release: () => void; readonly waited: boolean }> {
  let waited = false
  const release = await acquireLock({
    path: join(stateDir, 'lock'),
    command: `team ${request.command}`,
    waitMs: numberOption(options, 'lockTimeout') ?? defaultLockTimeoutMs,
    clock: context.clock,
    processes: context.processes,
    interrupted: context.interrupt.stop,
    onWait: ({ pid, command }) => {
      waited = true
      context.stderr.write(`waiting for ${command} (pid ${pid}) to end …\n`)
    },
  })
  return { release, waited }
}

function toResult(result: LifecycleResult, { context, options }: Invocation, team: string): CommandResult {
  const { plan, outcomes, notReady } = result
  const view = { style: context.style, verbose: flag(options, 'verbose'), now: flag(options, 'now') }
  if (outcomes === null) {
    const failed = plan.waves.flat().some((action) => action.action === 'skip' && action.error !== null)
    return {
      exitCode: failed ? ExitCode.failed : ExitCode.ok,
      json: planJson(plan),
      human: () => planLines(plan, view).join('\n'),
    }
  }
  const late = notReady.map((id) => `${id} was not ready in time: see team ps and team logs ${id}`)
  return {
    exitCode: exitCodeOf(
      result,
      outcomes.map((outcome) => outcome.error?.code ?? null),
      context.interrupt.stop.aborted,
    ),
    json: { ...outcomesJson(team, outcomes), ...(notReady.length > 0 ? { notReady } : {}) },
    human: () => {
      const shown = context.globals.quiet ? failureLines(outcomes, view) : outcomeLines(plan, outcomes, view)
      return [...shown, ...late].join('\n')
    },
  }
}

function exitCodeOf(
  result: LifecycleResult,
  errors: readonly (ErrorCode | null)[],
  interrupted: boolean,
): ExitCode {
  if (interrupted) return ExitCode.interrupted
  if (errors.some((error) => error !== null)) return ExitCode.failed
  return result.notReady.length > 0 ? ExitCode.timeout : ExitCode.ok
}
