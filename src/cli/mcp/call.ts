import { TeamError } from '../../errors.ts'
import { isAgentId } from '../../model/agent.ts'
import { isRecord } from '../../model/json.ts'
import { resolveTargets } from '../../plan/targets.ts'
import type { CommandResult, Options } from '../command.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find.ts'
import { jobPorts } from '../jobs/ports.ts'
import { resolveCompose } from '../team.ts'
import { type Access, accessOf } from './access.ts'
import { commandLine, type ToolInput } from './tool-input.ts'
import type { ToolPlan } from './tools.ts'

export interface ToolOutcome {
  /** What the command prints with `--json`; of a stream, its lines. */
  readonly value: unknown
  /** The command's exit code is 0. */
  readonly ok: boolean
}

/** Runs the command behind a tool. @throws TeamError as the command, `not-allowed`; ToolInputError */
export async function callTool(plan: ToolPlan, input: ToolInput, outside: Context): Promise<ToolOutcome> {
  const line = commandLine(plan, input)
  const access = await accessOf(outside)
  const { args, options, only } = await confine(plan, input, line, access, outside)
  const lines: string[] = []
  const stdout = {
    ...outside.stdout,
    write: (text: string | Uint8Array) => void lines.push(Buffer.from(text).toString()),
  }
  const run = await plan.spec.load()
  const result = await run({ context: { ...outside, stdout }, args, options })
  return { value: only(resultOf(result, lines.join(''))), ok: result.exitCode === 0 }
}

function resultOf({ json }: CommandResult, printed: string): unknown {
  if (json !== undefined) return json
  return printed.split('\n').flatMap((line): readonly unknown[] => (line === '' ? [] : [JSON.parse(line)]))
}

interface Confined {
  readonly args: readonly string[]
  readonly options: Options
  /** Leaves out of a result what the caller may not see. */
  readonly only: (value: unknown) => unknown
}

const everything = (value: unknown): unknown => value

/** The same call, about nothing but what its caller may use the tool on. @throws TeamError `not-allowed` */
async function confine(
  plan: ToolPlan,
  input: ToolInput,
  line: { readonly args: readonly string[]; readonly options: Options },
  access: Access,
  context: Context,
): Promise<Confined> {
  const { permissions, scope, name } = plan
  const allowed = access.open(permissions)
  access.require(permissions, name, [])
  if (allowed === null) return { ...line, only: everything }
  switch (scope.kind) {
    case 'targets': {
      const named = wordsOf(input[scope.param])
      const ids = [...(resolveTargets(named, access.agents) ?? allowed)]
      access.require(permissions, name, ids)
      // By their ids: what a glob or a role names may be more by the time that the command looks.
      const rest = line.args.slice(named.length)
      const keepsRole = scope.param === 'agent' && ids.length > 1
      return { ...line, args: keepsRole ? line.args : [...ids, ...rest], only: everything }
    }
    case 'jobs': {
      const { stateDir } = await resolveCompose(context)
      const ports = jobPorts(stateDir, scope.folder, context)
      const owners = wordsOf(input[scope.param]).map((id) => findJob(id, ports, context).record.agent)
      access.require(permissions, name, owners)
      return { ...line, only: everything }
    }
    case 'owner': {
      const owner = wordsOf(input.owner)
      if (owner.length > 0 || scope.without === 'own') {
        const ids = owner.length > 0 ? [...(resolveTargets(owner, access.agents) ?? [])] : [access.caller]
        access.require(permissions, name, ids)
        return { ...line, only: everything }
      }
      return { ...line, only: (value) => rowsOf(value).filter((row) => isOwnedBy(row, allowed)) }
    }
    default:
      throw scope satisfies never
  }
}

function rowsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TeamError('internal', 'a listing is no list')
}

function isOwnedBy(row: unknown, allowed: ReadonlySet<string>): boolean {
  return isRecord(row) && typeof row.owner === 'string' && isAgentId(row.owner) && allowed.has(row.owner)
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}
