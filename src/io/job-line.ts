import { isAgentId } from '../model/agent.ts'
import { type JobSummary, type JobTraits, type TaskStatus, taskStatuses, type Used } from '../model/job.ts'
import { runtimeKinds } from '../model/runtime.ts'

/**
 * A line of the index of jobs: `id createdAt agent kind status runtime parent tags used what`, tabs between, ending with
 * `\r`. `used` is `input,output,cost`, empty where nothing is known.
 */
export type IndexLine = string

export function lineOf({ id, createdAt, what, used, traits }: JobSummary): string {
  const { agent, kind, status, runtime, parentTaskId, tags } = traits
  const shared = [
    agent ?? '',
    kind,
    status,
    runtime ?? '',
    escaped(parentTaskId ?? ''),
    tags.map(escaped).join(','),
  ]
  return `${[id, createdAt, ...shared, usedText(used), escaped(what)].join('\t')}\r\n`
}

/** One that was cut short lacks its end. */
export function isWholeLine(line: IndexLine): boolean {
  return line.charCodeAt(line.length - 1) === carriageReturn
}

const carriageReturn = 13

/**
 * Takes whole lines apart. What many lines have in common is taken apart once, and shared; mostly it is that of the line
 * before, so that it need not even be looked up. The id is known to whoever asked for its line.
 */
export function createLineParser(): (line: IndexLine) => Omit<JobSummary, 'id'> {
  const known = new Map<string, JobTraits>()
  let last = ''
  let traits = parseTraits(last)
  return (line) => {
    const created = line.indexOf('\t') + 1
    const shared = line.indexOf('\t', created) + 1
    if (last === '' || !line.startsWith(last, shared)) {
      last = line.slice(shared, endOfTraits(line, shared))
      traits = known.get(last) ?? parseTraits(last)
      known.set(last, traits)
    }
    const used = shared + last.length
    const what = line.indexOf('\t', used) + 1
    return {
      createdAt: line.slice(created, shared - 1),
      what: unescaped(line.slice(what, -1)),
      used: what - used === 1 ? null : parseUsed(line.slice(used, what - 1)),
      traits,
    }
  }
}

const traitFields = 6

/** Behind the tab that ends them. */
function endOfTraits(line: IndexLine, from: number): number {
  let at = from
  for (let field = 0; field < traitFields; field += 1) at = line.indexOf('\t', at) + 1
  return at
}

function parseTraits(text: string): JobTraits {
  const [agent = '', kind = '', status = '', runtime = '', parent = '', tags = ''] = text.split('\t')
  return {
    agent: agent === '' || !isAgentId(agent) ? null : agent,
    kind: kind === 'prompt' ? 'prompt' : 'shell',
    status: statuses.get(status) ?? 'lost',
    runtime: runtimeKinds.find((known) => known === runtime) ?? null,
    parentTaskId: parent === '' ? null : unescaped(parent),
    tags: tags === '' ? [] : tags.split(',').map(unescaped),
  }
}

function usedText(used: Used | null): string {
  if (used === null) return ''
  const { usage, costUsd } = used
  return [usage?.input ?? '', usage?.output ?? '', costUsd ?? ''].join(',')
}

function parseUsed(text: string): Used {
  const [input = null, output = null, costUsd = null] = text
    .split(',')
    .map((part) => (part === '' ? null : Number(part)))
  return { usage: input === null || output === null ? null : { input, output }, costUsd }
}

const statuses: ReadonlyMap<string, TaskStatus> = new Map(taskStatuses.map((status) => [status, status]))

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would end a field or a line
const special = /[\\,\u0000-\u001f]/g

function escaped(text: string): string {
  return text.replace(special, (letter) => `\\${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}
