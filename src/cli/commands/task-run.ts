import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ExitCode, systemErrorCode, TeamError } from '../../errors.ts'
import { byteLogFile } from '../../io/byte-log.ts'
import type { AgentId } from '../../model/agent.ts'
import { type JobRecord, jobLogs, statusOf } from '../../model/job.ts'
import { resolveTargets } from '../../plan/targets.ts'
import { withMcp } from '../../render/mcp.ts'
import { taskJson } from '../../view/tasks.ts'
import { candidates } from '../candidates.ts'
import {
  type CommandResult,
  flag,
  listOption,
  numberOption,
  type Options,
  type Run,
  stringOption,
} from '../command.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find.ts'
import { type JobPorts, jobPorts } from '../jobs/ports.ts'
import { activeJobs, pump, settle, writeLimit } from '../jobs/queue.ts'
import { parentTask, submit, type TaskRequest } from '../jobs/submit.ts'
import { exitCodeOf, followOutput, waitForEnd } from '../jobs/watch.ts'
import { cwdProblem } from '../launch-problem.ts'
import { utf8Text } from '../stdin.ts'
import { openTeam, ownCommand, type Team } from '../team.ts'

export const taskRun: Run = async ({ context, args, options }) => {
  const [target = '', ...words] = args
  const request = readRequest(words, options, context)
  const team = await openTeam(context)
  const ports = jobPorts(team.stateDir, 'tasks', context)
  await settle(ports)
  const record = await give(request, target, options, team, ports, context)
  await pump(ports)
  return report(record, options, ports, context)
}

/** The same once more, with the file as it is now. */
export const taskRetry: Run = async ({ context, args, options }) => {
  const team = await openTeam(context)
  const ports = jobPorts(team.stateDir, 'tasks', context)
  await settle(ports)
  const { record, end } = findJob(args[0] ?? '', ports, context)
  if (end === null) {
    throw new TeamError('job-state', `task ${record.id} has not ended yet`, {
      hint: `team task wait ${record.id}`,
    })
  }
  const text = ports.store.prompt(record.id)
  if (text === null || record.kind === 'process' || record.agent === null) {
    throw new TeamError('job-state', `what task ${record.id} was asked is not known any more`, {
      hint: 'team task run AGENT PROMPT',
    })
  }
  const { model, tags, timeoutMs, sessionId, kind } = record
  const fresh = record.fresh === true
  const request = { kind, text, model, tags, timeoutMs, fresh, session: sessionId, retryOf: record.id }
  const again = await give(request, record.agent, options, team, ports, context)
  await pump(ports)
  return report(again, options, ports, context)
}

function readRequest(words: readonly string[], options: Options, context: Context): TaskRequest {
  const file = stringOption(options, 'file')
  const shell = stringOption(options, 'shell')
  const given = [words.length > 0, file !== null, shell !== null].filter(Boolean).length
  if (given !== 1) {
    throw new TeamError(
      'usage',
      given === 0 ? 'nothing to do is given' : 'give one of PROMPT, --file and --shell',
      {
        hint: 'team task run AGENT "PROMPT"; `-` reads it from standard input',
      },
    )
  }
  const fresh = flag(options, 'fresh')
  const session = stringOption(options, 'session')
  if (fresh && session !== null) {
    throw new TeamError('usage', '--fresh begins a new session: it cannot take up another', {
      hint: 'leave one out',
    })
  }
  if (session !== null && !/^\w[\w-]{0,127}$/.test(session)) {
    throw new TeamError('usage', `"${session}" is no id of a session`, {
      hint: 'letters, digits, "_" and "-"',
    })
  }
  if (shell !== null && (fresh || session !== null || stringOption(options, 'model') !== null)) {
    throw new TeamError('usage', '--fresh, --session and --model are for prompts, not for --shell', {
      hint: 'leave it out',
    })
  }
  const text = shell ?? (file === null ? promptWords(words, context) : readPrompt(file, context))
  if (text.trim() === '' || text.includes('\0')) {
    throw new TeamError('usage', 'the prompt is empty, or has a NUL byte in it', {
      hint: 'team task run AGENT "PROMPT"',
    })
  }
  return {
    kind: shell === null ? 'prompt' : 'shell',
    text,
    model: stringOption(options, 'model'),
    tags: listOption(options, 'tag'),
    timeoutMs: numberOption(options, 'timeout'),
    fresh,
    session,
    retryOf: null,
  }
}

function promptWords(words: readonly string[], context: Context): string {
  return words.length === 1 && words[0] === '-' ? context.readStdin() : words.join(' ')
}

function readPrompt(file: string, context: Context): string {
  if (file === '-') return context.readStdin()
  const path = resolve(context.cwd, file)
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new TeamError(
      'usage',
      `cannot read the prompt from ${path}: ${systemErrorCode(error) ?? 'unknown error'}`,
      { hint: 'the file is looked for from this directory', cause: error },
    )
  }
  return utf8Text(bytes, path)
}

/** Whoever must know what the others do looks and writes in one step: two commands at once would both find nobody busy. */
function give(
  request: TaskRequest,
  target: string,
  options: Options,
  team: Team,
  ports: JobPorts,
  context: Context,
): JobRecord | Promise<JobRecord> {
  const begin = () => start(request, target, options, team, ports, context)
  return options.queue === false || isRole(target) ? ports.locked(begin) : begin()
}

const isRole = (target: string): boolean => target.startsWith('role=')

function start(
  request: TaskRequest,
  target: string,
  options: Options,
  team: Team,
  ports: JobPorts,
  context: Context,
): JobRecord {
  const waiting = new Map<AgentId, number>()
  for (const { record, end } of activeJobs(ports))
    if (record.agent !== null && end === null) waiting.set(record.agent, (waiting.get(record.agent) ?? 0) + 1)
  const id = pickAgent(target, team, waiting)
  if (options.queue === false && (waiting.get(id) ?? 0) > 0) {
    throw new TeamError('job-busy', `${id} is busy with another task`, {
      hint: 'leave out --no-queue, or: team task ls',
    })
  }
  if (!flag(options, 'detach')) refuseToWaitForItself(id, team, ports, context)
  const spec = team.compose.agents.find((agent) => agent.id === id)
  const launch = team.launches().find((found) => found.id === id)
  if (spec === undefined || launch === undefined) throw new TeamError('internal', `${id} was not rendered`)
  const problem = cwdProblem(launch)
  if (problem !== null) throw new TeamError(problem.code, problem.message, { hint: problem.hint ?? '' })
  const { agent } = withMcp(spec, ownCommand())
  const { tasks, dir } = team.compose
  const onEnd = tasks.onEnd === null ? null : { argv: tasks.onEnd, cwd: dir, timeoutMs: tasks.onEndTimeoutMs }
  const record = submit(request, { spec: agent, launch, onEnd }, ports, context)
  writeLimit(ports, tasks.maxParallel)
  return record
}

/** A task that waits for one which cannot begin before it ends would wait for ever. */
function refuseToWaitForItself(agent: AgentId, { compose }: Team, ports: JobPorts, { env }: Context): void {
  const own = parentTask(env)
  const job = own === null ? null : ports.store.read(own)
  if (job === null || job.end !== null) return
  const why =
    job.record.agent === agent ? `${agent} has one task at a time` : 'tasks: {max_parallel: 1} of the file'
  if (job.record.agent !== agent && compose.tasks.maxParallel !== 1) return
  throw new TeamError(
    'job-refused',
    `task ${job.record.id} would wait for a task that waits for it: ${why}`,
    {
      hint: 'give it with --detach, and do not wait for it',
    },
  )
}

/** Of several (`role=R`, a glob) the one that has least to do. */
function pickAgent(target: string, team: Team, waiting: ReadonlyMap<AgentId, number>): AgentId {
  const ids = [...(resolveTargets([target], candidates(team.compose.agents, [])) ?? [])]
  const [first] = ids.sort((a, b) => (waiting.get(a) ?? 0) - (waiting.get(b) ?? 0))
  if (first === undefined || (ids.length > 1 && !isRole(target))) {
    throw new TeamError('usage', `"${target}" names ${ids.length} agents: ${ids.join(', ')}`, {
      hint: 'name one, or a role: role=NAME',
    })
  }
  return first
}

async function report(
  record: JobRecord,
  options: Options,
  ports: JobPorts,
  context: Context,
): Promise<CommandResult> {
  const { id, kind } = record
  const { json, quiet } = context.globals
  if (flag(options, 'detach')) {
    return { exitCode: ExitCode.ok, json: shown(id, ports, context), human: () => id }
  }
  const streams = kind === 'shell' && !json && !quiet
  if (streams) await followOutput(id, { name: jobLogs.output, offset: 0 }, ports, context)
  else await waitForEnd([id], { any: false, timeoutMs: null }, ports, context)
  const job = findJob(id, ports, context)
  if (job.end === null) {
    throw new TeamError('interrupted', `no longer waiting: task ${id} goes on`, {
      hint: `team task cancel ${id}`,
    })
  }
  const { end } = job
  if (end.outcome !== 'completed') {
    context.stderr.write(
      `${context.errorStyle.bad(`task ${id} ${statusOf(job)}`)}: ${end.reason ?? 'no reason known'}\n`,
    )
  }
  return { exitCode: exitCodeOf(job), json: shown(id, ports, context), human: () => end.result ?? '' }
}

function shown(id: string, ports: JobPorts, context: Context): unknown {
  const output = byteLogFile(ports.store.directory(id), jobLogs.output)
  return taskJson(findJob(id, ports, context), { prompt: ports.store.prompt(id), output })
}
