import { ExitCode, TeamError } from '../../errors.ts'
import type { AgentId } from '../../model/agent.ts'
import { type Job, type JobRecord, jobVersion } from '../../model/job.ts'
import type { Launch } from '../../model/launch.ts'
import { resolveOne } from '../../plan/targets.ts'
import { inheritedEnvironment } from '../../render/environment.ts'
import { type ProcessState, processesTable, processJson, processState } from '../../view/processes.ts'
import { candidates } from '../candidates.ts'
import { flag, numberOption, type Options, type Run, stringOption } from '../command.ts'
import type { Context } from '../context.ts'
import { endJobs, endText, isLeft } from '../jobs/cancel.ts'
import { findJob, listJobs } from '../jobs/find.ts'
import { isInputClosed, writeInput } from '../jobs/input.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { activeJobs, settle } from '../jobs/queue.ts'
import { jobEnvironment, newId, parentTask } from '../jobs/submit.ts'
import { openTeam, resolveCompose } from '../team.ts'

/** Live processes of one owner. */
const maxPerOwner = 5

/** The records, made true first. */
async function openProcesses(context: Context): Promise<JobPorts> {
  const { stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'processes', context)
  await settle(ports)
  return ports
}

/** Only the owner's, unless told otherwise; a person owns what agents do not. @throws TeamError `job-unknown`, `job-refused` */
function ownProcess(id: string, options: Options, ports: JobPorts, context: Context): Job {
  const job = findJob(id, ports, context)
  const me = context.env.TEAM_AGENT ?? ''
  if (me === '' || me === job.record.agent || flag(options, 'any')) return job
  throw new TeamError(
    'job-refused',
    `process ${id} belongs to ${job.record.agent ?? 'nobody'}, not to ${me}`,
    {
      hint: 'add --any, if that is meant',
    },
  )
}

export const processStart: Run = async ({ context, args, options }) => {
  const argv = args[0] === '--' ? args.slice(1) : args
  if (argv.length === 0 || argv[0] === '')
    throw new TeamError('usage', 'no command given', { hint: 'team process start -- COMMAND' })
  const named = stringOption(options, 'owner') ?? context.env.TEAM_AGENT ?? ''
  const team = await openTeam(context)
  const owner = named === '' ? null : resolveOne(named, candidates(team.compose.agents, []))
  const launch = team.launches().find(({ id }) => id === owner) ?? null
  const ports = jobPorts(team.stateDir, 'processes', context)
  await settle(ports)
  const record = newRecord(argv, owner, launch, ports, context)
  const env = {
    ...(launch === null ? ownEnvironment(context) : jobEnvironment(launch)),
    TEAM_PROCESS_ID: record.id,
  }
  await ports.locked(() => {
    const live = activeJobs(ports).filter(({ record: { agent }, end }) => agent === owner && end === null)
    if (live.length >= maxPerOwner) {
      throw new TeamError(
        'process-limit',
        `${owner ?? 'this user'} has ${live.length} live processes already`,
        {
          hint: 'team process ls; team process kill ID',
        },
      )
    }
    ports.store.create(record, { argv, resumed: null, env, cwd: record.root, input: null }, null)
    ports.startHost(record.id)
  })
  const job = await begun(record.id, ports)
  // One that ends at once may have been read between its start and its end.
  const ran = job.end !== null && (job.end.exitCode !== null || job.end.exitSignal !== null)
  if (job.child === null && job.end !== null && !ran) {
    throw new TeamError('command-failed', job.end.reason ?? 'it could not be started', {
      hint: 'check the command, and PATH',
    })
  }
  return { exitCode: ExitCode.ok, json: processJson(job, context.clock.now()), human: () => record.id }
}

function newRecord(
  argv: readonly string[],
  owner: AgentId | null,
  launch: Launch | null,
  { clock }: JobPorts,
  { cwd, env }: Context,
): JobRecord {
  const now = clock.now()
  const inside = env.TEAM_AGENT !== undefined
  return {
    ...{ version: jobVersion, id: newId(now), kind: 'process', agent: owner, role: launch?.role ?? null },
    ...{ runtime: null, model: null, command: argv, promptPreview: null, tags: [], sessionId: null },
    createdAt: new Date(now).toISOString(),
    // An agent starts it where it is; a person, where the agent lives.
    root: launch === null || inside ? cwd : launch.cwd,
    parentTaskId: parentTask(env),
    parentAgent: env.TEAM_AGENT ?? null,
    timeoutMs: null,
    retryOf: null,
  }
}

function ownEnvironment({ env }: Context): Record<string, string> {
  return { ...inheritedEnvironment(env) }
}

const pollMs = 10

async function begun(id: string, ports: JobPorts): Promise<Job> {
  for (;;) {
    const job = ports.store.read(id)
    if (job === null)
      throw new TeamError('job-unknown', `process ${id} was removed`, { hint: 'team process ls -a' })
    if (job.child !== null || job.end !== null) return job
    await settle(ports)
    await ports.clock.sleep(pollMs)
  }
}

export const processWrite: Run = async ({ context, args, options }) => {
  const [id = '', ...words] = args
  const ports = await openProcesses(context)
  const job = ownProcess(id, options, ports, context)
  const eof = flag(options, 'eof')
  if (words.length === 0 && !eof) {
    throw new TeamError('usage', 'nothing to write is given', {
      hint: 'team process write ID TEXT, or --eof',
    })
  }
  if (job.end !== null) {
    throw new TeamError('job-state', `process ${id} has ended (${processState(job)})`, {
      hint: `team process read ${id}`,
    })
  }
  const input = `${ports.store.directory(job.record.id)}/input`
  if (isInputClosed(input)) {
    throw new TeamError('job-state', `standard input of process ${id} is closed`, {
      hint: `team process read ${id}`,
    })
  }
  const isStdin = words.length === 1 && words[0] === '-'
  // What is piped in goes on as it is, whether or not it is text.
  const given = isStdin ? context.readStdinBytes() : Buffer.from(words.join(' '))
  const isLine = words.length > 0 && options.newline !== false
  const bytes = isLine ? Buffer.concat([given, Buffer.from('\n')]) : given
  writeInput(input, { bytes, eof })
  return { exitCode: ExitCode.ok, json: { id, bytes: bytes.length, eof }, human: () => '' }
}

export const processKill: Run = async ({ context, args, options }) => {
  const ports = await openProcesses(context)
  const ids = args.map((id) => ownProcess(id, options, ports, context).record.id)
  const results = await endJobs(ids, numberOption(options, 'grace'), ports, context)
  const states = results.map((result) => ({ ...result, status: stateOf(result.id, ports) }))
  return {
    exitCode: results.some(isLeft) ? ExitCode.failed : ExitCode.ok,
    json: states.map(({ id, status, before, survivors }) => ({ id, state: status, before, survivors })),
    human: () => states.map((state) => `${state.id} ${endText(state)}`).join('\n'),
  }
}

function stateOf(id: string, { store }: JobPorts): ProcessState {
  const job = store.read(id)
  return job === null ? 'lost' : processState(job)
}

export const processLs: Run = async ({ context, options }) => {
  const { compose, stateDir } = await resolveCompose(context)
  const ports = jobPorts(stateDir, 'processes', context)
  await settle(ports)
  const named = stringOption(options, 'owner')
  const owner = named === null ? null : resolveOne(named, candidates(compose.agents, []))
  const wanted = ({ record, end }: Job) =>
    (flag(options, 'all') || end === null) && (owner === null || record.agent === owner)
  const jobs = listJobs(ports, context, { wanted, limit: Number.POSITIVE_INFINITY })
  const now = context.clock.now()
  return {
    exitCode: ExitCode.ok,
    json: jobs.map((job) => processJson(job, now)),
    human: () =>
      context.globals.quiet
        ? jobs.map(({ record }) => record.id).join('\n')
        : processesTable(jobs, { now, width: context.stdout.columns() || null, style: context.style }),
  }
}

export const processPrune: Run = async ({ context, options }) => {
  const ports = await openProcesses(context)
  const before = context.clock.now() - (numberOption(options, 'olderThan') ?? 0)
  const wanted = ({ end }: Job) => end !== null && Date.parse(end.finishedAt) <= before
  const ids = listJobs(ports, context, { wanted, limit: Number.POSITIVE_INFINITY }).map(
    ({ record }) => record.id,
  )
  for (const id of ids) ports.store.remove(id)
  return { exitCode: ExitCode.ok, json: { removed: ids }, human: () => ids.join('\n') }
}

export const processRead: Run = async ({ context, args, options }) => {
  const ports = await openProcesses(context)
  const job = ownProcess(args[0] ?? '', options, ports, context)
  const { readProcess } = await import('./process-read.ts')
  return readProcess(job, options, ports, context)
}
