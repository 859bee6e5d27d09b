import type { Permission } from '../../model/grant.ts'
import type { CommandSpec, Options } from '../command.ts'
import { commandSpecs } from '../specs.ts'

/** Which agents a call is about, and so what its caller needs a permission for. */
type Scope =
  /** Those that the list of this name gives; none means all. */
  | { readonly kind: 'targets'; readonly param: string }
  /** Those that own the tasks or processes of these ids. */
  | { readonly kind: 'jobs'; readonly folder: 'tasks' | 'processes'; readonly param: string }
  /** That of `owner`; without, the caller's own when it starts something, and all when it lists. */
  | { readonly kind: 'owner'; readonly without: 'own' | 'all' }

/** An argument of the command. */
interface ArgPlan {
  readonly name: string
  readonly many: boolean
  readonly required: boolean
  readonly description: string
}

/** A tool: a command of the table, and how much of it is offered. */
export interface ToolPlan {
  readonly name: string
  readonly spec: CommandSpec
  /** One of these is needed. */
  readonly permissions: readonly Permission[]
  readonly scope: Scope
  readonly args: readonly ArgPlan[]
  /** Long names of the command's options that are offered. */
  readonly options: readonly string[]
  /** Options that are so unless the call says otherwise. */
  readonly preset: Options
  readonly changes: 'nothing' | 'something' | 'ends-something'
}

type Rest = Pick<ToolPlan, 'permissions' | 'scope'> &
  Partial<Pick<ToolPlan, 'args' | 'options' | 'preset' | 'changes'>>

const targetWords = 'project, project:agent, agent, glob or role=NAME'
const targets: ArgPlan = {
  name: 'targets',
  many: true,
  required: false,
  description: `Agents: each a ${targetWords}. None: all.`,
}
const agents: ArgPlan = {
  name: 'agents',
  many: true,
  required: true,
  description: `Agents: each a ${targetWords}.`,
}
const agent: ArgPlan = {
  name: 'agent',
  many: false,
  required: true,
  description: 'One agent: project:agent, or its name when unique.',
}
const id: ArgPlan = { name: 'id', many: false, required: true, description: 'Its id.' }
const ids: ArgPlan = { name: 'ids', many: true, required: true, description: 'Their ids.' }
const text = (name: string, description: string, required = true): ArgPlan => ({
  name,
  many: false,
  required,
  description,
})

const overTargets: Scope = { kind: 'targets', param: 'targets' }
const overAgent: Scope = { kind: 'targets', param: 'agent' }
const overTasks = (param: string): Scope => ({ kind: 'jobs', folder: 'tasks', param })
const overProcesses = (param: string): Scope => ({ kind: 'jobs', folder: 'processes', param })

const plans: Readonly<Record<string, Rest>> = {
  ps: { permissions: ['ps'], scope: overTargets, args: [targets], options: ['all', 'status'] },
  logs: {
    permissions: ['logs'],
    scope: overTargets,
    args: [targets],
    options: ['tail', 'since', 'terminal'],
    preset: { tail: 100 },
  },
  capture: { permissions: ['capture'], scope: overAgent, args: [agent], options: ['lines'] },
  wait: { permissions: ['wait'], scope: overTargets, args: [targets], options: ['for', 'any', 'timeout'] },
  send: {
    permissions: ['send'],
    scope: { kind: 'targets', param: 'agents' },
    args: [agents, text('text', 'The prompt.')],
    options: ['queue', 'interrupt', 'wait', 'timeout'],
    changes: 'something',
  },
  'task run': {
    permissions: ['task'],
    scope: overAgent,
    args: [
      { ...agent, description: 'An agent, or role=NAME for the one of that role that has least to do.' },
      text('prompt', 'What it is asked; or give `shell`.', false),
    ],
    options: ['shell', 'detach', 'timeout', 'fresh', 'session', 'model', 'tag', 'no-queue'],
    preset: { detach: true },
    changes: 'something',
  },
  'task ls': {
    permissions: ['ls', 'task'],
    scope: overTargets,
    args: [targets],
    options: ['all', 'last', 'status', 'tag', 'children'],
  },
  'task show': { permissions: ['ls', 'task'], scope: overTasks('ids'), args: [ids] },
  'task output': {
    permissions: ['logs', 'task'],
    scope: overTasks('id'),
    args: [id],
    options: ['tail', 'result'],
  },
  'task wait': {
    permissions: ['wait', 'task'],
    scope: overTasks('ids'),
    args: [ids],
    options: ['any', 'timeout'],
  },
  'task cancel': {
    permissions: ['task'],
    scope: overTasks('ids'),
    args: [ids],
    options: ['grace'],
    changes: 'ends-something',
  },
  'process start': {
    permissions: ['process'],
    scope: { kind: 'owner', without: 'own' },
    args: [{ name: 'command', many: true, required: true, description: 'Program and arguments.' }],
    options: ['owner'],
    changes: 'something',
  },
  'process write': {
    permissions: ['process'],
    scope: overProcesses('id'),
    args: [id, text('text', 'The line to write.', false)],
    options: ['no-newline', 'eof', 'any'],
    changes: 'something',
  },
  'process read': {
    permissions: ['process'],
    scope: overProcesses('id'),
    args: [id],
    options: ['reader', 'since', 'wait', 'any'],
  },
  'process kill': {
    permissions: ['process'],
    scope: overProcesses('ids'),
    args: [ids],
    options: ['grace', 'any'],
    changes: 'ends-something',
  },
  'process ls': {
    permissions: ['ls', 'process'],
    scope: { kind: 'owner', without: 'all' },
    options: ['all', 'owner'],
  },
  'session ls': { permissions: ['ls', 'session'], scope: overTargets, args: [targets] },
  'session show': { permissions: ['logs', 'session'], scope: overAgent, args: [agent] },
  'session reset': { permissions: ['session'], scope: overAgent, args: [agent], changes: 'something' },
  'session adopt': {
    permissions: ['session'],
    scope: overAgent,
    args: [agent, text('session', 'Id of the conversation.')],
    changes: 'something',
  },
}

/** Every tool, in the order of the table; those whose command there is. */
export const tools: readonly ToolPlan[] = Object.entries(plans).flatMap(([path, plan]) => {
  const spec = commandOf(path)
  if (spec === null) return []
  return [
    { name: path.replace(' ', '_'), spec, args: [], options: [], preset: {}, changes: 'nothing', ...plan },
  ]
})

function commandOf(path: string): CommandSpec | null {
  const [name, part] = path.split(' ')
  const spec = commandSpecs.find((known) => known.name === name)
  const found = part === undefined ? spec : spec?.subcommands?.find((known) => known.name === part)
  return found ?? null
}
