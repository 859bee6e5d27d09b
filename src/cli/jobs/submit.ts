import { TeamError } from '../../errors.ts'
import { isJobId } from '../../io/job-store.ts'
import { createOnEndStore } from '../../io/on-end-store.ts'
import type { AgentSpec } from '../../model/agent.ts'
import type { JobLaunch, JobRecord } from '../../model/job.ts'
import { jobVersion } from '../../model/job.ts'
import type { Launch } from '../../model/launch.ts'
import { sessionWord } from '../../model/session.ts'
import { runtimeOf } from '../../runtimes/registry.ts'
import type { Context } from '../context.ts'
import type { JobPorts } from './ports.ts'

/** What is asked of an agent; `text` is the prompt or the shell command. */
export interface TaskRequest {
  readonly kind: 'prompt' | 'shell'
  readonly text: string
  readonly model: string | null
  readonly tags: readonly string[]
  readonly timeoutMs: number | null
  /** Begin a new session. */
  readonly fresh: boolean
  readonly session: string | null
  readonly retryOf: string | null
}

const previewLength = 100
/** Bytes of one word of a command line (Linux: 128 kB), with room to spare. */
const longestWord = 100_000

let count = 0

/** Sorts by time: milliseconds, then this process's count, then what makes it its own. */
export function newId(now: number): string {
  count = (count + 1) % 1_296
  const random = Math.floor(Math.random() * 36 ** 4)
  const part = (value: number, width: number) => value.toString(36).padStart(width, '0')
  return `${part(now, 9)}${part(count, 2)}${part(random, 4)}`
}

/** Writes the task down as queued. @throws TeamError `job-refused`, `state-unwritable` */
export function submit(
  request: TaskRequest,
  target: {
    readonly spec: AgentSpec
    readonly launch: Launch
    /** What is run once it has ended; null: nothing. `timeoutMs`: in ms. */
    readonly onEnd: {
      readonly argv: readonly string[]
      readonly cwd: string
      readonly timeoutMs: number
    } | null
  },
  ports: JobPorts,
  context: Pick<Context, 'env'>,
): JobRecord {
  const { spec, launch, onEnd } = target
  const now = ports.clock.now()
  const id = newId(now)
  const asked = request.kind === 'shell' ? shellLaunch(request.text) : promptLaunch(request, spec)
  const record: JobRecord = {
    version: jobVersion,
    id,
    kind: request.kind,
    agent: spec.id,
    role: spec.role,
    runtime: spec.kind,
    model: request.model ?? spec.model,
    command: asked.command,
    promptPreview: request.kind === 'prompt' ? [...request.text].slice(0, previewLength).join('') : null,
    tags: request.tags,
    sessionId: request.session,
    createdAt: new Date(now).toISOString(),
    root: launch.cwd,
    parentTaskId: parentTask(context.env),
    parentAgent: nonEmpty(context.env.TEAM_AGENT),
    timeoutMs: request.timeoutMs,
    retryOf: request.retryOf,
    ...(request.fresh ? { fresh: true } : {}),
  }
  const env = { ...jobEnvironment(launch), TEAM_TASK_ID: id, ...asked.env }
  // A task that the command itself gives does not end in the command once more.
  if (onEnd !== null && nonEmpty(context.env.TEAM_TASK_STATUS) === null) {
    const { argv, cwd, timeoutMs } = onEnd
    const planned = { argv, cwd, env: jobEnvironment(launch) }
    createOnEndStore(ports.store.dir).plan(id, { launch: planned, timeoutMs })
  }
  ports.store.create(
    record,
    { argv: asked.argv, resumed: asked.resumed, input: asked.input, env, cwd: launch.cwd },
    request.text,
  )
  ports.events.append('task_queued', spec.id, { task: id, kind: request.kind })
  return record
}

/** Without the marker: a drain of the agent must not end what runs beside it. */
export function jobEnvironment({ env }: Launch): Readonly<Record<string, string>> {
  const { TEAM_UNIT: _marker, ...others } = env
  return others
}

type Asked = Pick<JobLaunch, 'argv' | 'resumed' | 'input' | 'env'> & Pick<JobRecord, 'command'>

function shellLaunch(command: string): Asked {
  if (Buffer.byteLength(command) > longestWord) throw tooLong('a shell command', 'put it into a script')
  const argv = ['/bin/sh', '-c', command]
  return { argv, command: argv, resumed: null, input: null, env: {} }
}

function promptLaunch(request: TaskRequest, spec: AgentSpec): Asked {
  const { headless, sessions } = runtimeOf(spec.kind)
  if (headless === null) {
    throw new TeamError('job-refused', `${spec.id} runs ${spec.runtime}, which takes no prompts`, {
      hint: `team task run ${spec.id} --shell COMMAND`,
    })
  }
  const agent = { ...spec, model: request.model ?? spec.model }
  const id = sessions?.pinned === true ? crypto.randomUUID() : null
  const session = id === null ? null : { id, resume: false }
  const fresh = headless.argv(agent, request.text, session)
  const command = headless.argv(agent, '{{prompt}}', session)
  const again = headless.argv(agent, request.text, { id: sessionWord, resume: true })
  const env: Record<string, string> = id === null ? {} : { TEAM_SESSION_ID: id }
  const resumed = request.fresh ? null : again
  if (Buffer.byteLength(request.text) <= longestWord)
    return { argv: fresh, command, resumed, input: null, env }
  const { viaInput } = headless
  if (viaInput === null)
    throw tooLong(`a prompt for ${spec.runtime}`, 'put it into a file that the prompt names')
  return {
    argv: viaInput(fresh),
    command: viaInput(command),
    resumed: resumed === null ? null : viaInput(resumed),
    input: request.text,
    env,
  }
}

function tooLong(what: string, hint: string): TeamError {
  return new TeamError('job-refused', `${what} can have at most ${longestWord} bytes`, { hint })
}

/** The task that gives this one; null: none, or the variable holds something else. */
export function parentTask({ TEAM_TASK_ID }: Context['env']): string | null {
  return TEAM_TASK_ID !== undefined && isJobId(TEAM_TASK_ID) ? TEAM_TASK_ID : null
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}
