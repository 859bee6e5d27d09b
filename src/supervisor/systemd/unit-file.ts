import { TeamError } from '../../errors.ts'
import type { Launch } from '../../model/launch.ts'
import { type Labels, labelsOf, parseLabels } from '../labels.ts'
import { unitWord } from './quote.ts'

/** Where the tmux server of one unit listens. */
export interface SocketPlace {
  readonly name: string
  /** TMUX_TMPDIR; empty: tmux's own choice. */
  readonly directory: string
}

export interface UnitFileInput {
  readonly launch: Launch
  /** Absolute. */
  readonly shell: string
  readonly runner: string
  /** Environment of the runner and the tmux server. No secrets: units can be read by everybody. */
  readonly env: Readonly<Record<string, string>>
  readonly socket: SocketPlace
}

/** After its budget the runner takes down the terminal, and the wrapper ends the agent within 4 s. ms. */
const stopGraceMs = 6_000

export const unitSuffix = '.service'

/** Names hold no dots: what begins so belongs to this team. */
export function unitPrefix(team: string): string {
  return `team-${team}.`
}

export function unitName(launch: Pick<Launch, 'team' | 'project' | 'agent'>): string {
  return `${unitPrefix(launch.team)}${launch.project}.${launch.agent}${unitSuffix}`
}

/** Text of the unit file of one agent, from `templates/agent.service`. */
export function renderUnit(template: string, { launch, shell, runner, env, socket }: UnitFileInput): string {
  const values: Readonly<Record<string, string>> = {
    DESCRIPTION: `team ${launch.team}: ${launch.id}`,
    EXEC: [shell, runner, launch.agentDir].map((word) => unitWord(word, 'doubled')).join(' '),
    ENVIRONMENT: Object.entries(env)
      .map(([name, value]) => unitWord(`${name}=${value}`, 'kept'))
      .join(' '),
    RESTART: launch.restart.policy === 'no' ? 'no' : 'on-abnormal',
    STOP: String(launch.drain.timeoutMs + stopGraceMs),
    LABELS: labelsOf(launch),
    SOCKET: socket.name,
    SOCKETS: encodeURIComponent(socket.directory),
  }
  return template.replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TeamError('internal', `agent.service: unknown ${placeholder}`)
    return value
  })
}

/** What a unit file of ours says. */
export interface ParsedUnit {
  readonly labels: Labels
  readonly readable: boolean
  readonly socket: SocketPlace
}

/** null: it carries no labels of this team. */
export function parseUnit(text: string, team: string): ParsedUnit | null {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? null
  const parsed = parseLabels((value('Labels') ?? '').split('|'), team)
  if (parsed === null) return null
  const name = value('Socket') ?? ''
  const directory = decode(value('SocketDirectory'))
  const readable = parsed.readable && name !== '' && directory !== null
  return { labels: parsed.labels, readable, socket: { name, directory: directory ?? '' } }
}

function decode(text: string | null): string | null {
  try {
    return text === null ? null : decodeURIComponent(text)
  } catch {
    return null // changed by hand
  }
}
