import { TeamError } from '../../errors.ts'
import type { Launch } from '../../model/launch.ts'
import { type Labels, parseLabels } from '../labels.ts'
import type { SocketPlace } from './place.ts'

/** How an init system names its units and what their files look like. */
export interface UnitFormat {
  /** Name of the file that units are filled in from, among the templates. */
  readonly template: string
  /** Around `<team>.<project>.<agent>` in the name of a unit. */
  readonly prefix: string
  readonly suffix: string
  /** What the file has after the name of the unit. */
  readonly extension: string
  /** Of the file. */
  readonly mode: number
  render(template: string, input: UnitFileInput): string
  /** null: it carries no labels of this team. */
  parse(text: string, team: string): ParsedUnit | null
  /** Does it go on to where the labels are, or would be? */
  isWhole(text: string): boolean
}

interface UnitFileInput {
  readonly launch: Launch
  readonly name: string
  /** Absolute. */
  readonly shell: string
  readonly runner: string
  /** Environment of the runner and the tmux server. No secrets. */
  readonly env: Readonly<Record<string, string>>
  readonly socket: SocketPlace
}

/** After its budget the runner takes down the terminal, and the wrapper ends the agent within 4 s. ms. */
export const stopGraceMs = 6_000

/** Names hold no dots: what begins so belongs to this team. */
export function unitPrefix(team: string, { prefix }: UnitFormat): string {
  return `${prefix}${team}.`
}

export function unitName(launch: Pick<Launch, 'team' | 'project' | 'agent'>, format: UnitFormat): string {
  return `${unitPrefix(launch.team, format)}${launch.project}.${launch.agent}${format.suffix}`
}

/** Replaces each `{{NAME}}`. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TeamError('internal', `unknown ${placeholder} in a unit`)
    return value
  })
}

/** What a unit file of ours says. */
export interface ParsedUnit {
  readonly labels: Labels
  readonly readable: boolean
  readonly socket: SocketPlace
}

/** `directory` is percent-encoded. null: no labels of this team. */
export function parseUnitLabels(
  fields: {
    readonly labels: string | null
    readonly socket: string | null
    readonly directory: string | null
  },
  team: string,
): ParsedUnit | null {
  const parsed = parseLabels((fields.labels ?? '').split('|'), team)
  if (parsed === null) return null
  const name = fields.socket ?? ''
  const directory = decode(fields.directory)
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
