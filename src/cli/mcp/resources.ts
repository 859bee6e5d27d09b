import { TeamError } from '../../errors.ts'
import { isRecord } from '../../model/json.ts'
import type { Context } from '../context.ts'
import { accessOf } from './access.ts'
import { callTool } from './call.ts'
import type { Resource, ResourceTemplate } from './service.ts'
import type { ToolInput } from './tool-input.ts'
import { type ToolPlan, tools } from './tools.ts'

const json = 'application/json'
const agentsUri = 'team://agents'
const tasksUri = 'team://tasks'

export const resourceTemplates: readonly ResourceTemplate[] = [
  {
    uriTemplate: `${agentsUri}/{id}`,
    name: 'agent',
    description: 'One agent, as `team ps` shows it.',
    mimeType: json,
  },
  {
    uriTemplate: `${tasksUri}/{id}`,
    name: 'task',
    description: 'One task, as `team task show` shows it.',
    mimeType: json,
  },
]

/** What the caller may read: all agents of the file, and the last tasks. @throws TeamError as `team task ls` */
export async function listResources(context: Context): Promise<readonly Resource[]> {
  const { agents, open } = await accessOf(context)
  const seen = open(tool('ps').permissions)
  const mine = agents.filter(({ id }) => seen === null || seen.has(id))
  const mayList = open(tool('task_ls').permissions)?.size !== 0
  const tasks = mayList ? (await callTool(tool('task_ls'), {}, context)).value : []
  return [
    ...(mine.length === 0 ? [] : [resource(agentsUri, 'agents', 'All agents, as `team ps -a` shows them.')]),
    ...mine.map(({ id }) => resource(`${agentsUri}/${id}`, id, 'One agent, as `team ps` shows it.')),
    ...(mayList ? [resource(tasksUri, 'tasks', 'The last tasks, as `team task ls` shows them.')] : []),
    ...(Array.isArray(tasks) ? tasks : [])
      .filter(isRecord)
      .map(({ id, agent, promptPreview }) =>
        resource(`${tasksUri}/${id}`, `task ${id}`, `${agent}: ${promptPreview ?? 'a command'}`),
      ),
  ]
}

/** What is there as JSON. @throws TeamError `usage` for one that there is not, or as the command behind it */
export async function readResource(uri: string, context: Context): Promise<unknown> {
  const found = sourceOf(uri)
  if (found === null)
    throw new TeamError('usage', `no resource ${JSON.stringify(uri)}`, {
      hint: `${agentsUri}, ${agentsUri}/ID, ${tasksUri} or ${tasksUri}/ID`,
    })
  const { value } = await callTool(found.plan, found.input, context)
  return found.one && Array.isArray(value) ? value[0] : value
}

interface Source {
  readonly plan: ToolPlan
  readonly input: ToolInput
  /** The first of a list. */
  readonly one: boolean
}

function sourceOf(uri: string): Source | null {
  if (uri === agentsUri) return { plan: tool('ps'), input: { all: true }, one: false }
  if (uri === tasksUri) return { plan: tool('task_ls'), input: {}, one: false }
  const [, kind, id] = /^team:\/\/(agents|tasks)\/([\w:.-]+)$/.exec(uri) ?? []
  if (id === undefined) return null
  if (kind === 'agents')
    return id.includes(':') ? { plan: tool('ps'), input: { targets: [id] }, one: true } : null
  return { plan: tool('task_show'), input: { ids: [id] }, one: true }
}

function tool(name: string): ToolPlan {
  const found = tools.find((plan) => plan.name === name)
  if (found === undefined) throw new TeamError('internal', `there is no tool ${name}`)
  return found
}

function resource(uri: string, name: string, description: string): Resource {
  return { uri, name, description, mimeType: json }
}
